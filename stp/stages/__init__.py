"""The stages of an iteration: each reads rows of the store and adds rows; run twice, it adds nothing."""
