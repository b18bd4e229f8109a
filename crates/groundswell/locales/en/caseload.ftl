need-quiet = { $n ->
    [one] No contact since yesterday
   *[other] No contact for { $n } days
  }
need-crisis = Crisis on { $day }: { $what }, no contact since
need-due = Task overdue since { $day }
need-due-today = Task due today
need-date-today = Visit or court date today
need-date-tomorrow = Visit or court date tomorrow
need-date_near = Visit or court date on { $day }
need-no_first_contact = New since { $day }, not met yet
need-plan_review = Plan to be reviewed by { $day }
need-waitlist_over = Place on the waitlist was expected on { $day }
need-hold_over = On hold until { $day }: over
board-open = { $n ->
    [one] One open case.
   *[other] { $n } open cases.
  }
board-weight = Weight { $n }.
board-needs-n = { $n ->
    [0] Nobody needs action today.
    [one] One needs action.
   *[other] { $n } need action.
  }
board-scopes = Whose cases
board-mine = My cases
board-supported = Where I help
board-all = All cases
board-sort = Order
board-sort-need = most urgent first
board-sort-name = by name
board-sort-contact = longest unseen first
board-sort-opened = newest first
board-any-state = any
board-only-needs = Only those who need action
board-show = Show
board-keep = Keep this order
board-clients = Clients
board-need = Action needed
board-in-need = Need action
board-calm = nothing now
board-act = Go to the tasks:
board-due = Next due
board-barriers = Open barriers
board-referrals = Open referrals
board-crisis = Newest crisis
board-none = No open case here.
board-none-needs = Nobody needs action today.
board-pages = Pages
board-earlier = Page before
board-later = Next page
board-pick = Choose
board-transfer = Give the chosen cases to another lead
board-transfer-help = Tick cases in the table. It takes effect at once; open tasks go along.
error-none-picked = Tick at least one case in the table
flash-cases-transferred = { $n ->
    [one] One case is handed over.
   *[other] { $n } cases are handed over.
  }
supervise-title = Workers and closings
supervise-closures = Closings to look at
supervise-closures-help = A closing takes effect at once. Say that it is in order, or send it back with a reason: the case is then active again.
supervise-no-closures = No closing waits for you.
supervise-closures-n = { $n ->
    [0] No closing to look at.
    [one] One closing to look at.
   *[other] { $n } closings to look at.
  }
supervise-overdue-n = { $n ->
    [0] No overdue tasks.
    [one] One overdue task.
   *[other] { $n } overdue tasks.
  }
supervise-open-tasks = { $n ->
    [one] one task is still open
   *[other] { $n } tasks are still open
  }
supervise-approve = In order
supervise-send-back = Send back
supervise-send-back-note = Why does it go back?
supervise-workers = Workers
supervise-worker = Worker
supervise-clients = Clients
supervise-quiet = Quiet clients
supervise-no-workers = Nobody works on cases yet.
flash-closure-approved = The closing is in order.
flash-closure-sent-back = The case is active again, and its lead knows why.
