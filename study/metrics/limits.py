"""Numbers that a study works by and that the definitions of its metrics state."""

# Windows of the quick score after each epoch, evenly over the split: enough to rank variants, cheap enough to repeat;
# with the inverse penalty of its one probe.
QUICK_FIT_WINDOWS, QUICK_TUNE_WINDOWS, QUICK_C = 1000, 600, 0.1
# Resamples of a split's windows, and the level of the intervals that they give.
RESAMPLES, LEVEL = 1000, 0.95
# Size of the model confidence set that its authors use.
CONFIDENCE = 0.90
# Rank correlation of predictions above which two candidates of a network are one.
ALIKE = 0.999
# Test windows whose vectors a registered model must give again.
CHECKED_WINDOWS = 64
# Places that a logged score keeps; below SMALL as many significant digits.
PLACES, SMALL = 4, 1e-3
