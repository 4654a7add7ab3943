"""What the commands do with the rest of the project; each module adds its commands to `stp.cli.main`. Thin."""
