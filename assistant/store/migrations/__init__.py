"""Every change of the tables since the first version, one revision a file, in order.

A revision that was released is never edited: a database out there has it. A change of a table is a
new file that names the one before as its `down_revision`, and `NEWEST` in `store.upgrading`. It
imports nothing of ours, since the tables it knew are not those of today.
"""
