# Puesta en marcha, inicio de sesión y cuentas: lo que el servidor dice además de las palabras de las páginas.
login-not-set-up = Groundswell aún no está configurado. Abra el enlace que apareció donde se inició el servidor.
error-passphrase-long = Use como máximo { $n } caracteres
error-passphrase-why-about-you = Esta frase se parece a su usuario, a su nombre o al nombre de su agencia. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-common = Muchas personas usan esta frase o una parecida. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-keyboard = Las teclas seguidas son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-repeats = Las repeticiones son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-sequence = Las secuencias como abc o 6543 son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-dates = Las fechas y los años son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-names = Los nombres son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
error-passphrase-why-few-words = Una o dos palabras son fáciles de adivinar. Use cuatro o más palabras sin relación entre sí.
audit-actor-system = Groundswell ({ $command })
audit-actor-anonymous = alguien que no había iniciado sesión
