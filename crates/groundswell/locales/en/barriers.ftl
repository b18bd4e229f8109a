# A client's barriers and crises, the supervisor's board, the code list.
barriers-open-number = { $n ->
    [0] No open barrier
    [one] One open barrier
   *[other] { $n } open barriers
  }
barriers-open = open
barriers-none-open = Nothing stands in the way on record.
barriers-past = Past barriers
barriers-older = Older ones ({ $n })
barriers-record = Record a barrier
barriers-what = What got in the way?
barriers-all = All others, with what they mean ({ $n })
barriers-codes-link = What do they mean?
barriers-when = When
barriers-system = Which system
barriers-organization = Which office
barriers-more = Say more (optional)
barriers-more-hint = One tap already codes everything. Add what you know; the rest can wait.
barriers-submit = Record
barriers-say-more = Say more about it
barriers-recorded = Recorded: { $what }.
barriers-others = Others who met this
barriers-others-area = { $n } other clients in this area met this in the last 12 months.
barriers-others-agency = { $n } other clients of the agency met this in the last 12 months.
barriers-others-few = Fewer than { $n } other clients of the agency met this in the last 12 months.
barriers-others-none = No other client on record met this in the last 12 months.
barriers-live-issue = It is being worked on:
barriers-live-signal = It stands out in the record:
barriers-live-see = see the signal
barriers-no-live = Nobody works on it as an issue yet.
barriers-own-words = In the client’s own words
barriers-own-words-hint = As they said it, in their language.
barriers-note = Note
barriers-severity = What it did
barriers-domain = Part of life
barriers-rule = Rule or form
barriers-rule-hint = By its name: “form 12-B”, “the 30-day rule”.
barriers-cost-days = Days it cost the client
barriers-cost-money = Money it cost the client
barriers-workaround = What was done instead
barriers-preventable = Could it have been avoided?
barriers-verb = What would make it go
barriers-locus = What must change
barriers-burden = What it asks of the client
barriers-access = Which side of access fails
barriers-access-text = { $what } (the client’s side: { $ability })
barriers-confidence = What this rests on
barriers-verification = Checked?
barriers-recorded-by = Recorded by
barriers-as-usual = As usual for this
barriers-not-said = Not said
barriers-axes-locus = must change: { $what }
barriers-axes-burden = asks: { $what }
barriers-axes-days = { $n ->
    [one] cost a day
   *[other] cost { $n } days
  }
barriers-end-text = { $how }, { $on }
barriers-correct = Add or correct
barriers-correct-hint = What you save takes the place of what stands. What stood before is kept in the history and no longer counts.
barriers-save = Save
barriers-conflict = Somebody else changed this while you were writing. Their text stands on the page, yours in the form below.
barriers-end = Is it over?
barriers-ended = It is over
barriers-end-submit = Close the barrier
barriers-reopen = Open it again
barriers-how = How did it end?
barriers-how-choose = Choose how it ended
barriers-how-when = On which day
barriers-how-note = What helped
barriers-how-note-hint = Useful to the next worker who meets it.
barriers-history = History
barriers-withdraw = Recorded in error?
barriers-withdraw-hint = It disappears from the file and from every count. The audit trail keeps that you took it back.
barriers-withdraw-submit = Take it back
picker-find = Find by any word: bus, letter, ID
picker-find-crisis = Find by any word
picker-none = Nothing matches. Try another word, or open the list.
barrier-codes-title = Barrier codes
barrier-codes-lede = The words for what gets in the way. One code names the mechanism and brings its usual axes along; whoever knows better says so.
barrier-codes-find = Find by any word
barrier-codes-go = Find
barrier-codes-found = { $n ->
    [0] No code matches. Try another word.
    [one] One code
   *[other] { $n } codes
  }
barrier-codes-examples = Examples
barrier-codes-not = Not this
barrier-codes-synonyms = Also called
barrier-codes-axes = As a rule
barrier-codes-version = Version { $version } codes. The same list comes as JSON and CSV from the command groundswell export barrier-codes.
crises-title = Crises
crises-none = No crisis on record.
crises-record = Record a crisis
crises-lede = What happened and when is enough. What came before and whether it could have been prevented come on the next page, when there is time.
crises-what = What happened?
crises-all = All others ({ $n })
crises-level = Somebody must act
crises-as-usual = As usual for this
crises-setting = Where
crises-ended = Until
crises-ended-hint = For a stay that is over.
crises-systems = Systems that had a part in it
crises-foreseeable = Was it to be seen coming?
crises-more = Say more (optional)
crises-submit = Record the crisis
crises-correct = Correct
crises-save = Save
crises-conflict = Somebody else changed this while you were writing. Their text stands on the page; what you typed stands in the form.
crises-before = What came before
crises-before-hint = From the 90 days before. Tick what led to it.
crises-before-likely = Barriers and referrals that came to nothing
crises-before-others = Everything else from those days
crises-before-none = Nothing is on record from the 90 days before.
crises-before-none-ticked = Nothing was ticked.
crises-before-save = Save only this
crises-days-before = { $n ->
    [0] the same day
    [one] the day before
   *[other] { $n } days before
  }
crises-review = Looking back
crises-preventable = Could it have been prevented?
crises-preventable-choose = Choose
crises-tried = What was tried
crises-missing = What was missing
crises-barrier = Which barrier stood in the way
crises-barrier-none = None that I know of
crises-barrier-also = And the barrier
crises-barrier-record = Record it as a barrier of this client, too
crises-review-save = Save the review
crises-reviewed-by = Reviewed by
crises-state-open = review open
crises-state-overdue = review overdue
crises-state-none = not reviewed
crises-state-yes = could have been prevented
crises-state-partly = could partly have been prevented
crises-state-no = could not have been prevented
crises-state-unsure = reviewed, cannot tell
crises-board = Crises
crises-board-lede = { $n ->
    [0] No review is overdue.
    [one] One review is overdue.
   *[other] { $n } reviews are overdue.
  }
crises-board-open = { $n ->
    [0] No review is open
    [one] One open review
   *[other] { $n } open reviews
  }
crises-board-none = Every crisis of the last months has been looked back on.
crises-board-more = And { $n } more. Choose a kind to see them.
crises-board-quiet = No crisis in the last 12 months.
crises-newest = Newest
crises-by-kind = By kind
crises-by-kind-caption = The last 12 months
crises-kind = Kind
crises-count = All
crises-count-reviewed = Reviewed
crises-count-preventable = Preventable
crises-overdue-after = Review is due after
crises-overdue-by = { $n ->
    [one] overdue by a day
   *[other] overdue by { $n } days
  }
crises-days = { $n } days
error-barriers-code = Choose what got in the way
error-barriers-future = That day is still to come. Type the day it happened
error-barriers-long = Keep it under 2,000 characters
error-barriers-days = Type whole days, such as 11, up to ten years
error-barriers-money = Type an amount such as 12 or 12.50
error-barriers-organization = Choose an office from the list
error-barriers-how = Choose how it ended
error-barriers-resolved = Type a day on or after the day it happened, and not in the future
error-crises-code = Choose what happened
error-crises-ended = It cannot end before it began
error-crises-preventable = Say whether it could have been prevented, or that you cannot tell
flash-barrier-corrected = Saved. What stood before no longer counts.
flash-barrier-resolved = The barrier is closed.
flash-barrier-reopened = The barrier is open again.
flash-barrier-changed = Somebody else changed it meanwhile. This is how it stands now.
flash-barrier-withdrawn = Taken back. It no longer counts anywhere.
flash-crisis-recorded = Recorded. When there is time: what came before, and could it have been prevented?
flash-crisis-ticked = Saved.
flash-crisis-reviewed = The review is saved.
action-barrier_record = barrier recorded
action-barrier_correct = barrier corrected
action-barrier_resolve = barrier closed
action-barrier_reopen = barrier opened again
action-barrier_withdraw = barrier taken back
action-crisis_record = crisis recorded
action-crisis_correct = crisis corrected
action-crisis_withdraw = crisis taken back
action-crisis_tick = what came before a crisis ticked
action-crisis_review = crisis reviewed
action-crisis_board = list of crises read
