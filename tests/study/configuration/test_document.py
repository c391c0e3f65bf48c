"""The page of parameters is what the configuration says."""

from dataclasses import fields

from study.configuration import StudyConfiguration
from study.configuration.document import document, meanings


def test_every_parameter_has_a_meaning():
    assert list(meanings()) == [field.name for field in fields(StudyConfiguration)]
    assert all(meaning.endswith(".") for meaning in meanings().values())


def test_the_page_is_what_the_configuration_says(request):
    path = request.config.rootpath / "docs" / "parameters.md"
    assert path.read_text(encoding="utf-8") == document(), (
        "python -m study.configuration.document > docs/parameters.md"
    )
