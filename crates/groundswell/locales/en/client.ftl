# What stands above every page of a client's file.
client-tabs = Pages of this file
client-tab-file = File
client-tab-barriers = Barriers and crises
client-tab-assessments = Needs
client-tab-plan = Plan
client-tab-referrals = Referrals
client-tab-systems = Systems
client-tab-tasks = Tasks
client-tab-details = Details
client-age = { $n } years old
client-with = with { $names }
client-strength = Strength
client-wish = Wish
client-emergency = You opened this file in an emergency. A supervisor will look at the reason you gave.
client-restricted = Restricted: only the people named for this client can see that this file exists.
