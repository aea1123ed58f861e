"""Data types of the door rooms: views, scenes, plans, object memory, and the text of questions and plans."""
