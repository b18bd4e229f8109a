//! Runs over small hand-made evidence with answers known beforehand.
