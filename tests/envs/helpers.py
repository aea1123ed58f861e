"""Helpers that find objects in a room and place the agent in front of them."""

from core.rooms.view import Position


def face(room, place):
    """Put the agent on a free cell of the room next to a position, facing it."""
    directions = {Position(*place).ahead(direction + 2): direction for direction in range(4)}
    inside = [(x, y) for x in range(1, room.room_size[0]) for y in range(1, room.room_size[1])]
    room.agent_pos = next(c for c in inside if c in directions and room.grid.get(*c) is None)
    room.agent_dir = directions[room.agent_pos]


def place_of(thing, room):
    """The cell a thing stands on."""
    cells = [(x, y) for x in range(room.width) for y in range(room.height)]
    return next(cell for cell in cells if room.grid.get(*cell) is thing)
