# Finding clients, adding one, their details, records entered twice, files opened in an emergency.
clients-lede = Is this person here already? Look first: a second file helps nobody.
clients-search = Name, birth date, phone or number
clients-search-hint = For example: lucia moreno · 1990-05-31 · moreno 1990 · 555-0143. Spelling does not have to be right.
clients-search-button = Search
clients-too-short = Type at least two letters.
clients-nobody = Nobody found
clients-nobody-help = Try another spelling, the birth date or a phone number. If they are new here, add them: what you typed goes along.
clients-add = Add a new client
clients-none-of-these = None of these?
clients-found = { $n ->
    [one] One person found
   *[other] { $n } people found
  }
clients-found-more = The { $n } likeliest are shown. Type more to narrow it down.
clients-born = born { $year }
clients-born-unknown = birth date not known
clients-no-case = no open case
clients-own = your client
clients-restricted = restricted
clients-break-glass = Open in an emergency
clients-duplicates = { $n ->
    [0] Possible duplicates
    [one] One possible duplicate
   *[other] { $n } possible duplicates
  }
clients-new = A new client
clients-alike = { $n ->
    [one] Somebody in the record may be this person
   *[other] { $n } people in the record may be this person
  }
clients-alike-help = Nothing is saved yet. Compare, and say who it is.
clients-this-is-it = This is the person: open the file
clients-somebody-else = This is somebody else: add the new client
clients-first-case = The first case
clients-first-case-help = It is opened today, so that you can write in the file at once.
clients-programme = Programme
clients-programme-hint = For example: housing support. May stay empty.
clients-worker = Who leads the case
clients-worker-choose = Choose a caseworker
clients-check-and-add = Check and add
clients-added = The client is added and the case is open.
client-details = Details
client-preferred-name = Name the person goes by
client-preferred-name-hint = First and last name, as they want to be called
client-legal-name = Legal name
client-legal-name-hint = Only if it is another one
client-born-on = Birth date
client-born-on-hint = Like 1990-05-31; empty if not known
client-language = Language
client-language-hint = The one they are at ease in
client-area = Area where they live
client-area-hint = Its name or code
client-address = Address
client-pronouns = Pronouns
client-phones = Phones
client-phone = Number
client-phone-whose = Whose, and when to call
client-phone-message = A message may be left
client-identifiers = Numbers that others know them by
client-identifier = Number or code
client-identifier-kind = Of
client-groups = How they describe themselves
client-groups-hint = Asked, never guessed. It shows whether some are served worse than others; nobody has to answer.
client-group-words = In their own words
client-strength-hint = One thing that others would name
client-wish-hint = One thing they want to change, in their words
client-more = More, that can wait
client-save = Save the details
client-saved = The details are saved.
client-changed = Somebody else saved while you were writing
client-changed-help = Nothing is lost: your text stands below. Where it differs, the field says what is stored now. Save again to keep yours.
client-stored-now = Stored now: { $value }
client-stored-now-empty = Stored now: nothing
client-error-name = Type the name the person goes by
client-error-long = Use fewer letters
client-error-day = Type a day such as 1990-05-31
client-error-two-days = Is that { $one } or { $two }? Type it as 1990-05-31
client-error-future = This day lies in the future
client-error-area = There is no area of this name or code
client-error-phone = Type a phone number with at least seven digits
client-error-worker = Choose who leads the case
group-not-collected = Not asked yet
group-own-words = In their own words
group-doesnt-know = Client doesn’t know
group-prefers-not = Client prefers not to answer
dimension-race_ethnicity = race and ethnicity
dimension-disability = disability
identifier-agency = our agency
identifier-hmis = HMIS (homeless services)
identifier-school = school
identifier-court = court
identifier-probation = probation
identifier-benefits = benefits
identifier-health = health insurance or hospital
identifier-other = something else
match-sure = Almost certainly the same person
match-likely = Probably the same person
match-possible = Possibly the same person
match-bits = The numbers are evidence in bits: each point doubles the odds that it is one person, each point below zero halves them.
match-not-compared = not known in one of them
match-field-given = First name
match-field-family = Family name
match-field-born = Birth date
match-field-phone = Phone
match-field-identifier = Number
match-field-area = Area
match-given-0 = Same first name
match-given-1 = Nearly the same first name, a short form of it, or the names in the other order
match-given-2 = First names that sound alike
match-given-3 = Another first name
match-family-0 = Same family name
match-family-1 = Nearly the same family name
match-family-2 = Family names that sound alike
match-family-3 = Another family name
match-born-0 = Same birth date
match-born-1 = Birth date one slip away
match-born-2 = Two of day, month and year are the same
match-born-3 = Born in the same year
match-born-4 = Another birth date
match-phone-0 = A phone number in common
match-phone-1 = No phone number in common
match-identifier-0 = Same number at another agency
match-identifier-1 = Numbers one digit apart
match-identifier-2 = Another number of the same kind
match-area-0 = Same area
match-area-1 = Another area
duplicates = Possible duplicates
duplicates-none-yet = Nobody has looked for records that were entered twice yet.
duplicates-none = No two records look like one person.
duplicates-waiting = { $n ->
    [one] One pair of records may be one person. You decide.
   *[other] { $n } pairs of records may be one person. You decide; the surest stand first.
  }
duplicates-looked = Last looked through: { $when }
duplicates-find = Look through the record
duplicates-help = Merging loses nothing and can be undone.
duplicates-says = What it says
duplicates-keep-first = Same person: keep { $name }
duplicates-keep-second = Same person: keep { $name } (on the right)
duplicates-different = Two people
duplicates-merged = Lately merged
duplicates-merged-by = { $when }, by { $who }
duplicates-undo = Undo
duplicates-found = Looked through { $clients } clients: { $n ->
    [0] no pair to decide.
    [one] one pair to decide.
   *[other] { $n } pairs to decide.
  }
duplicates-still-looking = Still looking. Reload this page in a minute.
duplicates-merge-done = The records are one now. Below you can undo it.
duplicates-undone = They are two records again.
duplicates-apart = These are two people: they will not be shown together again.
duplicates-restricted-apart = Both files are restricted, to different people. Agree on who may see the file first.
duplicates-later-first = The file was merged again since. Undo the later merge first.
duplicates-not-standing = This merge was undone already.
emergency = Open a file in an emergency
emergency-lede = You do not work with this client. You can open the file for { $hours } hours; a supervisor is told and looks at your reason.
emergency-reason = Why it cannot wait
emergency-reason-hint = At least 20 letters. For example: at the hospital with her, her worker cannot be reached.
emergency-open = Open the file
emergency-opened = The file is open to you. A supervisor will look at your reason.
emergency-too-short = Give the reason in at least { $n } letters
emergencies = Files opened in an emergency
emergencies-none = Nobody has opened a file in an emergency.
emergencies-waiting = { $n ->
    [0] All of them have been looked at.
    [one] One waits for you to look at it.
   *[other] { $n } wait for you to look at them.
  }
emergencies-when = Opened { $from }
emergencies-in-order = In order
emergencies-not-in-order = Not in order
emergencies-was-in-order = in order
emergencies-was-not-in-order = not in order
emergencies-noted = Noted.
emergencies-own = Somebody else has to look at what you opened yourself, or it was looked at already.
action-clients_search = clients searched
action-clients_check = new client checked
action-clients_find_duplicates = record looked through for duplicates
action-duplicates_read = possible duplicates read
action-client_add = client added
action-client_change = client’s details changed
action-client_merge = clients merged
action-client_unmerge = merge undone
action-client_different = clients said to be two
action-client_line = client looked up
