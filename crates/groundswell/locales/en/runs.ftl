# What a search for patterns is doing, the methods by name, and what the server says about background work.
run-step-evidence = Reading the record …
run-step-rate_ratio = Groups against each other …
run-step-scan = Places and times …
run-step-done = Nearly done …
flash-run-started = The search for patterns has begun.
flash-run-busy = A search for patterns is under way already.
import-already-in = This file was brought in before. Nothing was counted twice.
error-number = Type a number such as 1 or 2.5
method-rate-ratio = Rate ratio with exact interval (Clopper and Pearson 1934)
method-scan = Space-time scan, Poisson (Kulldorff 1997)
method-farrington = Counts against their own past (Farrington 1996, Noufaily 2013)
method-interrupted-time-series = Interrupted time series
method-staggered = Staggered roll-out (Callaway and Sant’Anna 2021)
