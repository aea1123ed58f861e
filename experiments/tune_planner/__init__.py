"""Tuning the planner of door rooms: from the scripted planner's plans, then from outcomes of episodes."""
