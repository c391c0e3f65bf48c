"""The experiment: which layer of which TimesNet gives the best embedding."""
