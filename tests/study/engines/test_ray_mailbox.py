"""Reports wait in the mailbox until their owner has answered."""

import asyncio

from study.engines.ray_mailbox import Mailbox


def test_every_report_gets_its_own_answer():
    async def scenario():
        mailbox = Mailbox()
        await mailbox.began(3)
        reports = [asyncio.create_task(mailbox.report(number, 0, 0.5)) for number in (3, 4)]
        await asyncio.sleep(0)
        letters = await mailbox.collect()
        assert letters == [("began", 3), ("report", 3, 0, 0.5), ("report", 4, 0, 0.5)]
        await mailbox.answer(4, True)
        assert await reports[1] is True and not reports[0].done()
        await mailbox.answer(3, False)
        return await reports[0]

    assert asyncio.run(scenario()) is False
