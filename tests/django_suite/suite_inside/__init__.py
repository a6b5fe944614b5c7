"""What runs inside Django's suite: settings that record, a test runner that writes outcomes down.

Copied onto the path of the process under test; it imports nothing of the rest of this folder.
"""
