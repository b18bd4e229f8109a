# Set-up, log-in and accounts: what the server says beyond the pages' own words.
login-not-set-up = Groundswell has not been set up yet. Open the link that was printed where the server was started.
error-passphrase-long = Use at most { $n } characters
error-passphrase-why-about-you = This passphrase is close to your login, your name or your agency’s name. Use four or more unrelated words.
error-passphrase-why-common = Many people use this passphrase or one like it. Use four or more unrelated words.
error-passphrase-why-keyboard = Keys in a row are easy to guess. Use four or more unrelated words.
error-passphrase-why-repeats = Repeats are easy to guess. Use four or more unrelated words.
error-passphrase-why-sequence = Sequences like abc or 6543 are easy to guess. Use four or more unrelated words.
error-passphrase-why-dates = Dates and years are easy to guess. Use four or more unrelated words.
error-passphrase-why-names = Names are easy to guess. Use four or more unrelated words.
error-passphrase-why-few-words = A word or two are easy to guess. Use four or more unrelated words.
audit-actor-system = Groundswell ({ $command })
audit-actor-anonymous = somebody who was not logged in
