"""Data sets: statements of benchmarks and libraries, in one form, wherever they come from.

dataset      `Entry`, `DataSet`: the form, kept in the cache folder
registry     the public data sets that stp knows: home, revision, checksum, licence
importers    from files of any of the usual shapes to entries
source       theorems cut out of Lean text by Lean's own parser
check        which entries elaborate in which environment
splits       made once, by seed, written down; and the guard that keeps held-out statements out of training
graph        who uses whom, as a networkx graph
"""
