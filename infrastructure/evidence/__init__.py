"""Evidence: the Merkle tree over the log, signed checkpoints, marks of the writers, keys that live outside, and proofs."""
