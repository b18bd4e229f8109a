corner-hello = Hello,
corner-clients = { $n ->
    [one] one open client
   *[other] { $n } open clients
  }
corner-my-day = My day
corner-no-clients = No open clients are assigned to you.
corner-client = Client
corner-area = Area
corner-contact = Last contact
corner-barrier = Got in the way last
corner-today = today
corner-days = { $n ->
    [one] yesterday
   *[other] { $n } days ago
  }
corner-no-contact = not yet
corner-no-barrier = nothing recorded
corner-causes = Our causes
corner-new-signal = new signal
corner-all-issues = All issues
corner-all-signals = All signals
corner-no-causes = No signals and no issues yet. They appear here as soon as the record shows a pattern or somebody opens an issue.
corner-lately = What changed lately
first-title = First steps
first-lede = Three steps take you to your first signal.
first-areas = Import areas.
first-areas-help = The map of your districts or ZIP codes, as GeoJSON, and how many people live there.
first-events = Import events.
first-events-help = What your agency or an authority has recorded: denials, stops, evictions, as CSV.
first-run = Look for patterns.
first-run-help = Groundswell searches the record for who is hit harder, where and since when.
first-done = done
first-open = to do
first-go-import = Go to imports
first-go-run = Look for patterns
first-ask = Your administrator can do this for you.
corner-due = { $n ->
    [0] nothing due
    [one] one task due
   *[other] { $n } tasks due
  }
corner-nothing-due = Nothing is due today.
corner-all-tasks = { $n ->
    [one] All tasks (one)
   *[other] All tasks ({ $n })
  }
corner-needs = Needs you
corner-no-needs = Nobody else needs action today.
corner-caseload = Whole caseload
corner-all-needs = All { $n } who need action
corner-find = Find a client
corner-find-go = Find
