"""A person takes over: who is called and how, what they are told, and how the bot is silent until they give it back.

`case.py` is one handed-over conversation, `desk.py` the ways to the staff, `reach.py` the ways to the patient,
`handover.py` what happens when, `ending.py` the end when nobody has just written, `processor.py` the place in Rasa's
turn, `channel.py` what the staff's system may call. docs/channels.md tells it whole.
"""
