"""Replay: every account folded anew from its events, and one digest of all states, the same wherever it was folded.

`running` has `replay_database` and `replay_export`, `engines` says who folds, `results` what comes of it.
"""
