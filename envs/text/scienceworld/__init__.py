"""A house of ten places in which tasks of school science are carried out: ScienceWorld (arXiv 2203.07540)."""
