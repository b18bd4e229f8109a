yes = Yes
no = No
evaluations = Evaluations
evaluations-lede = Did a change work, and for whom? The plan is locked before the outcome is read.
evaluations-empty = Nothing has been evaluated yet.
evaluation-new = Evaluate a change
evaluation-new-lede = Three questions decide the method. After you lock the plan it cannot be changed, so that nobody picks the answer.
evaluation-q-outcome = What should be different?
evaluation-q-change = What changed, where and when?
evaluation-q-worth = What would be worth having?
evaluation-outcome = Outcome
evaluation-outcome-hint = What is counted before and after
evaluation-group = For whom
evaluation-everybody = everybody
evaluation-everybody-by = everybody, and each { $dimension } apart
evaluation-step = Count by
evaluation-step-hint = Months are steadier; weeks show more when there are many events.
step-month = month
step-week = week
evaluation-change = The change
evaluation-change-hint = A short name: counsel in eviction court
evaluation-same-day = Did it begin on the same day everywhere?
evaluation-changed-on = First day of the change
evaluation-changed-on-hint = As 2025-01-01. Several changes: one day on each line. Only if it was the same day everywhere.
evaluation-elsewhere = Are there places without the change?
evaluation-elsewhere-hint = They show what would have happened anyway.
evaluation-starts = A day for each area or district
evaluation-starts-hint = One on each line: area,2025-01-01. Leave the day out for places without the change.
evaluation-starts-file = or the same as a CSV file
evaluation-smallest = Smallest change worth having, in percent
evaluation-smallest-hint = Optional. Below this, the answer is “not enough” even if it is sure.
evaluation-lock-help = Locking writes down the plan with your name and the time, then estimates.
evaluation-lock = Lock the plan and estimate
evaluation-locked = Plan locked
evaluation-plan = The plan
evaluation-design = Method
evaluation-estimating = Estimating.
evaluation-estimating-help = This takes up to a minute. You may leave the page.
evaluation-show = Show the result
evaluation-no-estimate = There is no estimate.
evaluation-state-estimating = estimating
evaluation-state-failed = no estimate
verdict-better = better
verdict-worse = worse
verdict-cannot-tell = cannot tell
evaluation-fell = { $what }: **{ $percent } fewer** after the change than would have been expected without it. The data fit anything from { $low } to { $high }.
evaluation-rose = { $what }: **{ $percent } more** after the change than would have been expected without it. The data fit anything from { $low } to { $high }.
evaluation-cannot-tell = { $what }: the data **cannot tell** whether the change made a difference. They fit anything from { $low } to { $high }.
evaluation-visible = A change of less than { $visible } would not show in data like these.
evaluation-hidden = { $what }: too few events stand behind this estimate to show it.
evaluation-picture = Before and after
evaluation-picture-help = Dots: seen. Line: what fits them. Dashed: what would have been without the change, with its 95 % interval.
evaluation-picture-alt = What was seen, what fits it, and what would have been without the change. The numbers stand in the table.
evaluation-study = Effect by time since the change
evaluation-study-help = Difference from the places without the change; line: 95 % interval. Before the change it should lie near zero.
evaluation-study-alt = Effects with intervals by periods since the change. The numbers stand in the table.
evaluation-effect = Effect
evaluation-axis = Change in percent; line: 95 % interval
evaluation-by-group = For whom: by { $dimension }
evaluation-by-group-help = Change in percent against expectation; line: 95 % interval
evaluation-change-percent = Change, 95 % interval
evaluation-against-others = Beside everybody else
evaluation-against-help = Beside everybody else: the group’s rate with the change over its rate without, divided by the same of all others. Above 1 the change reached the group less than the others; an interval that holds 1 cannot tell.
evaluation-observed = Events after the change
evaluation-expected = Expected without it
evaluation-smallest-visible = Smallest visible change
evaluation-parts = Parts and cross-checks
evaluation-part = Part
evaluation-second-method = second method
evaluation-assumptions = What it rests on
assumption-is-checked = checked
assumption-is-weak = weak
assumption-is-open = cannot be checked
evaluation-cannot = What this cannot tell
evaluation-places-head = Places
evaluation-places = { $changed } with the change, { $compared } compared with
evaluation-periods = { $step ->
    [week] { $before ->
        [one] { $before } week before
       *[other] { $before } weeks before
      }
    [quarter] { $before ->
        [one] { $before } quarter before
       *[other] { $before } quarters before
      }
   *[month] { $before ->
        [one] { $before } month before
       *[other] { $before } months before
      }
  }, { $after } after
evaluation-options = Settings
design-its = Before and after, with trend and season
design-staggered = Places that began at different times, against those that had not begun
assumption-autocorrelation = Neighbouring periods do not carry each other along.
assumption-enough-places = There are enough places to compare.
assumption-enough-points = There are enough periods before and after.
assumption-no-anticipation = Nobody acted on the change before it came.
assumption-no-spill-over = Places without the change are not touched by it.
assumption-nothing-else-changed = Nothing else that matters changed at the same time.
assumption-overdispersion = The counts scatter no more than the method allows for.
assumption-parallel-before = Before the change, the places moved side by side.
assumption-recording-unchanged = The way of recording stayed the same.
assumption-season = Seasons are taken out.
reason-no-estimate = no estimate possible
reason-too-few-events = too few events
error-evaluation-title = Give the change a short name
error-outcome = Choose an outcome
error-same-day = Say whether it began on the same day everywhere
error-changed-on = Type a day such as 2025-01-01
error-elsewhere = Say whether there are places without the change
error-starts = Each line needs an area and a day: Millrace,2025-01-01
error-smallest = Type a number of percent, such as 10
unable-too-few-before = { $step ->
    [week] { $have ->
        [0] No whole week lies
        [one] Only one whole week lies
       *[other] Only { $have } whole weeks lie
      }
    [quarter] { $have ->
        [0] No whole quarter lies
        [one] Only one whole quarter lies
       *[other] Only { $have } whole quarters lie
      }
   *[month] { $have ->
        [0] No whole month lies
        [one] Only one whole month lies
       *[other] Only { $have } whole months lie
      }
  } before the change; at least { $need } are needed. Bring in older records.
unable-too-few-after = { $step ->
    [week] { $have ->
        [0] No whole week lies
        [one] Only one whole week lies
       *[other] Only { $have } whole weeks lie
      }
    [quarter] { $have ->
        [0] No whole quarter lies
        [one] Only one whole quarter lies
       *[other] Only { $have } whole quarters lie
      }
   *[month] { $have ->
        [0] No whole month lies
        [one] Only one whole month lies
       *[other] Only { $have } whole months lie
      }
  } after the change; at least { $need } are needed. Come back later.
unable-no-events = The evidence holds no event of this kind. Bring in records, or choose another outcome.
unable-change-outside = The record does not reach over the day of the change. Bring in records from before and after it.
unable-no-comparison = Every place began at the same time, so none is left to compare with. Add places that began later or never, or plan it as a change on one day everywhere.
unable-counts-over-longer-periods = The counts are over periods longer than a week. Count by month.
unable-group-unknown = The evidence holds no event of this group. Choose another group.
unable-place-unknown = No area and no district is called “{ $place }”. Name it as the map does.
unable-places-with-gaps = In most places nobody was at risk in some period. Look at a larger group or a longer record.
unable-nothing-expected = Without the change, nothing would be left to compare with.
unable-not-apart-from-trend = The change cannot be told from the trend. Bring in a longer record.
unable-model = The method does not settle on these figures. Count by month, or look at an outcome with more events.
unable-broken = Something went wrong on our side; it is in the server’s log. The plan is kept.
figure-after = periods after
figure-before = periods before
figure-changed = with the change
figure-compared = compared with
figure-dispersion = dispersion
figure-durbin_watson = Durbin-Watson
figure-lag_1 = correlation of neighbours
figure-months_before = months before
figure-outside_the_band = of them outside the band
figure-points_before = points before the change
figure-pretest_p = p of a test on the past
figure-years_before = years before
event-study-axis-week = Weeks since the change
event-study-axis-month = Months since the change
event-study-axis-quarter = Quarters since the change
