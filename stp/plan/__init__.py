"""What a campaign would cost: arithmetic on a configuration and on rates, without running anything.

`shape` knows models, `devices` machines, `rates` every number that the arithmetic rests on and where it comes from,
`measure` takes rates from a campaign, `cost` counts conjectures, proofs, tokens and hours, `memory` bytes, and
`table` prints. No torch, no Lean. docs/plan.md has every formula and default with its source.
"""
