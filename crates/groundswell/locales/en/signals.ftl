everywhere = the whole agency
areas-number = { $n } areas
places-many = { $n } areas ({ $first }, { $second } and { $rest } more)
group-value = “{ $value }” ({ $dimension })
observed = Seen
expected = Expected
times = Times
interval = 95 % interval
month = Month
week-of = Week of
more = Show more
numbers-table = The same as a table

finding-kind-cluster = place and time
finding-kind-disparity = disparity
finding-kind-trend = sudden rise
finding-kind-subgroup = hidden group
finding-kind-pair = system and barrier
finding-cluster = In { $places }, “{ $what }” was recorded **{ $ratio } times as often as elsewhere**: { $observed } times, where { $expected } were to be expected.
finding-cluster-hidden = In { $places }, “{ $what }” was recorded **more often than elsewhere**. The count is too small to be shown.
finding-disparity = “{ $start }” was recorded **{ $ratio } times as often** for the group { $group } as for { $reference ->
    [rest] all others
   *[other] “{ $reference }”
  }.
finding-disparity-hidden = “{ $start }” was recorded **at a different rate** for the group { $group } than for { $reference ->
    [rest] all others
   *[other] “{ $reference }”
  }. A count behind it is too small to be shown.
finding-trend = In { $places }, “{ $what }” was recorded **{ $ratio } times as often as its past led us to expect** in { $month }: { $observed } times, where { $expected } were to be expected.
finding-trend-hidden = In { $places }, “{ $what }” was recorded **more often than its past led us to expect** in { $month }. The count is too small to be shown.
finding-subgroup = “{ $start }” was recorded **{ $ratio } times as often** for people in all of these groups as the rest of the record predicts: { $group }. { $observed } times, where { $expected } were to be expected.
finding-subgroup-hidden = “{ $start }” was recorded **more often** for people in all of these groups than the rest of the record predicts: { $group }. The count is too small to be shown.
finding-pair = “{ $start }” was met at the { $system } **{ $ratio } times as often as chance would bring the two together**: { $observed } times, where { $expected } were to be expected.
finding-pair-hidden = “{ $start }” was met at the { $system } **more often than chance would bring the two together**. The count is too small to be shown.
finding-fit = The data fit anything from { $interval } times.
finding-since = It began in { $month } and goes on.
finding-between = It lasted from { $from } to { $to }.
finding-hardest = It hits the group { $group } hardest.

map-area = { $observed } seen, { $expected } expected
map-fewer = fewer
map-more = more than expected
map-hidden = too few to show
map-marked = part of this finding
trend-band = expected range
trend-mark = since { $month }
trend-hidden = Grey bars: counts too small to be shown lie somewhere on them.
forest-same = the same
forest-expected = as expected
forest-no-change = no change

signals-lede = Groundswell searches the record for who is hit harder, where, and since when.
signals-rank = Rank
signals-no-evidence = There is nothing to look at yet
signals-no-evidence-help = Signals are found in recorded events. Import some, or start recording casework.
signals-never = Nobody has looked yet
signals-never-help = A run reads the whole record, tries every pattern and keeps those that chance does not explain.
signals-none = Nothing stood out
signals-none-help = The last run found no pattern that chance does not explain. That can mean that all is well, or that the record is still small.
signals-filtered = No signal matches these filters
signal-new = new
signal-in-issue = in an issue
signal-dismissed = Dismissed
signal-dismissed-because = Dismissed:
signal-evidence-for = Evidence for the issue
filters = Filters
filter-all = All
filter-kind = Kind of finding
filter-code = What happened
filter-area = Area
filter-group = Group
filter-dataset = Data set
filter-apply = Show
filter-clear = Clear the filters
run-last = Last looked on { $at } at the record up to { $until }: { $looked } patterns tried, { $passed ->
    [0] none
    [one] one
   *[other] { $passed }
  } kept, with at most { $limit } false alarms expected among those kept.
run-first = Look for patterns
run-again = Look again now
run-running = Looking.
run-preparing = Reading the record …
run-step-cluster = Places and times …
run-step-disparity = Disparities between groups …
run-step-trend = Sudden rises …
run-step-subgroup = Hidden groups …
run-step-pair = Systems and barriers …
run-step-saving = Writing down what was found …
run-progress = Progress of the run
run-stay = You may leave this page; the run goes on.
run-done = The run is finished.
run-show = Show the signals
error-run = The last run stopped before it was done. Nothing was changed. Try again, and tell your administrator if it happens again.
error-reason = Say why, so that others understand it later

signal-dismiss = Dismiss with a reason
signal-dismiss-reason = Why is this not worth following?
signal-dismiss-hint = The signal stays on the list with your reason, and can be brought back.
signal-dismiss-submit = Dismiss the signal
signal-restore = Bring it back
signal-where = Where
signal-where-help = “{ $what }” against expectation, by area, { $base }
signal-map-alt = Map of the areas by how often it was seen against expectation. The numbers stand in the table.
signal-when = Since when
signal-by-week = “{ $what }” by week, with the range that chance explains
signal-by-month = “{ $what }” by month, with the range that chance explains
signal-trend-alt = Line of the counts over time with the expected range. The numbers stand in the table.
signal-whom = For whom
signal-group-help = Times as often as expected, by { $dimension }; line: 95 % interval; right: events
signal-group-axis = Times as often as expected
signal-forest-alt = Dots with intervals by group. The numbers stand in the table.
signal-numbers = The numbers
signal-sure = How sure are we
signal-fooled = What could fool us
signal-how = How this was computed
sure-shuffles = { $strong ->
    [0] In none of { $all } shuffles of the same data did a pattern this strong turn up.
    [one] A pattern this strong turned up in one of { $all } shuffles of the same data.
   *[other] A pattern this strong turned up in { $strong } of { $all } shuffles of the same data.
  }
sure-p = If there were no real difference, a pattern this strong would turn up with probability { $p }.
sure-family = { $n } patterns were looked at in this run. Counting them all, it stays under the limit of { $limit } for false alarms (adjusted p { $adjusted }).
caveat-recorded-by-few = { $n } workers recorded { $share } of these events. They may write down what others leave out.
caveat-no-denominator = We do not know how many people were at risk. The comparison is with all records of the data set.
caveat-selected = It is the strongest of many patterns, and the strongest tends to look stronger than it is.
caveat-late = The latest weeks may still grow as records come in.
caveat-small = The numbers are small. A few events more or less would change the picture.
caveat-not-a-cause = The record shows that it happens, not why. Ask the people it happens to.
base-client-months = per client-month at risk
base-people = per head of population
base-records = as a share of all records
base-own = per unit of exposure in the file
how-method = Method
how-docs = read about it
how-base = Measured
how-events = Events
how-period = Period
how-p = p
how-p-adjusted = p, adjusted
how-hypotheses = Patterns looked at
how-replicates = Shuffles
how-seed = Seed
how-fingerprint = Evidence fingerprint
how-version = Version
times-interval = Times, 95 % interval
signals-not-looked = What could not be looked at, and why ({ $n })
signals-not-looked-why = { $kind }: { $why }.
signals-not-looked-what = { $dataset }: { $what }.
