"""`stp export` and `stp push`: data sets of verified proofs out of a campaign.

options      what a user asks for: format, tables, filters
chosen       which statements and proofs that means: temporary tables beside one snapshot of the campaign
tables       the rows of each table
preferences  pairs of a proved and a rejected proof, pure
text         a statement and its proof as Lean text, pure
recheck      Lean once more: do the proofs still stand, which statements are trivial
parquet      rows into Parquet
lean         proofs into a Lake project
card         README.md
folder       a folder that is complete or absent, with its manifest
run          all of it in order
push         a folder to a hub
"""

#: The command that a missing extra is answered with: `stp` itself may have been installed from anywhere.
INSTALL = "pip install 'datasets>=3'"
