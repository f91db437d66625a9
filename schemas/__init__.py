"""What may be said: every record that enters, leaves or travels between the stages.

Pure: models and their bytes, nothing that acts.
"""
