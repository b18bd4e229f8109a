# Buscar clientes, agregar uno, sus datos, expedientes duplicados, expedientes abiertos en una emergencia.
clients-lede = ¿Esta persona ya está aquí? Mire primero: un segundo expediente no ayuda a nadie.
clients-search = Nombre, fecha de nacimiento, teléfono o número
clients-search-hint = Por ejemplo: lucia moreno · 1990-05-31 · moreno 1990 · 555-0143. La ortografía no tiene que ser exacta.
clients-search-button = Buscar
clients-too-short = Escriba al menos dos letras.
clients-nobody = No se encontró a nadie
clients-nobody-help = Pruebe otra ortografía, la fecha de nacimiento o un teléfono. Si la persona es nueva aquí, agréguela: lo que escribió se conserva.
clients-add = Agregar un cliente nuevo
clients-none-of-these = ¿No es ninguna de estas personas?
clients-found = { $n ->
    [one] Se encontró una persona
   *[other] Se encontraron { $n } personas
  }
clients-found-more = Se muestran las { $n } más probables. Escriba más para acotar.
clients-born = nacimiento { $year }
clients-born-unknown = fecha de nacimiento desconocida
clients-no-case = sin caso abierto
clients-own = su cliente
clients-restricted = restringido
clients-break-glass = Abrir en una emergencia
clients-duplicates = { $n ->
    [0] Posibles duplicados
    [one] Un posible duplicado
   *[other] { $n } posibles duplicados
  }
clients-new = Un cliente nuevo
clients-alike = { $n ->
    [one] Alguien del registro podría ser esta persona
   *[other] { $n } personas del registro podrían ser esta persona
  }
clients-alike-help = Todavía no se ha guardado nada. Compare y diga quién es.
clients-this-is-it = Es esta persona: abrir el expediente
clients-somebody-else = Es otra persona: agregar el cliente nuevo
clients-first-case = El primer caso
clients-first-case-help = Se abre hoy, para que pueda escribir en el expediente de inmediato.
clients-programme = Programa
clients-programme-hint = Por ejemplo: apoyo de vivienda. Puede quedar vacío.
clients-worker = Quién lleva el caso
clients-worker-choose = Elija a una persona
clients-check-and-add = Comprobar y agregar
clients-added = El cliente está agregado y el caso, abierto.
client-details = Datos
client-preferred-name = Nombre que usa la persona
client-preferred-name-hint = Nombre y apellido, como quiere que la llamen
client-legal-name = Nombre legal
client-legal-name-hint = Solo si es otro
client-born-on = Fecha de nacimiento
client-born-on-hint = Como 1990-05-31; vacío si no se conoce
client-language = Idioma
client-language-hint = En el que se siente a gusto
client-area = Zona donde vive
client-area-hint = Su nombre o código
client-address = Dirección
client-pronouns = Pronombres
client-phones = Teléfonos
client-phone = Número
client-phone-whose = De quién es y cuándo llamar
client-phone-message = Se puede dejar un mensaje
client-identifiers = Números con que otros la conocen
client-identifier = Número o código
client-identifier-kind = De
client-groups = Cómo se describe la persona
client-groups-hint = Se pregunta, nunca se supone. Muestra si a algunos se les atiende peor; nadie tiene que responder.
client-group-words = En sus propias palabras
client-strength-hint = Algo que otras personas nombrarían
client-wish-hint = Algo que quiere cambiar, en sus palabras
client-more = Más, que puede esperar
client-save = Guardar los datos
client-saved = Los datos están guardados.
client-changed = Otra persona guardó mientras usted escribía
client-changed-help = No se pierde nada: su texto está abajo. Donde difiere, el campo dice lo que está guardado ahora. Guarde otra vez para conservar el suyo.
client-stored-now = Guardado ahora: { $value }
client-stored-now-empty = Guardado ahora: nada
client-error-name = Escriba el nombre que usa la persona
client-error-long = Use menos letras
client-error-day = Escriba un día como 1990-05-31
client-error-two-days = ¿Es { $one } o { $two }? Escríbalo como 1990-05-31
client-error-future = Este día está en el futuro
client-error-area = No hay una zona con ese nombre o código
client-error-phone = Escriba un teléfono con al menos siete cifras
client-error-worker = Elija quién lleva el caso
group-not-collected = Aún no se ha preguntado
group-own-words = En sus propias palabras
group-doesnt-know = El cliente no sabe
group-prefers-not = El cliente prefiere no responder
dimension-race_ethnicity = raza y etnia
dimension-disability = discapacidad
identifier-agency = nuestra agencia
identifier-hmis = HMIS (servicios para personas sin hogar)
identifier-school = escuela
identifier-court = tribunal
identifier-probation = libertad condicional
identifier-benefits = beneficios
identifier-health = seguro médico u hospital
identifier-other = otra cosa
match-sure = Casi con certeza la misma persona
match-likely = Probablemente la misma persona
match-possible = Posiblemente la misma persona
match-bits = Los números son evidencia en bits: cada punto duplica la probabilidad relativa de que sea una sola persona; cada punto bajo cero la reduce a la mitad.
match-not-compared = falta en uno de los dos
match-field-given = Nombre
match-field-family = Apellido
match-field-born = Fecha de nacimiento
match-field-phone = Teléfono
match-field-identifier = Número
match-field-area = Zona
match-given-0 = El mismo nombre
match-given-1 = Casi el mismo nombre, una forma corta, o los nombres en el otro orden
match-given-2 = Nombres que suenan parecido
match-given-3 = Otro nombre
match-family-0 = El mismo apellido
match-family-1 = Casi el mismo apellido
match-family-2 = Apellidos que suenan parecido
match-family-3 = Otro apellido
match-born-0 = La misma fecha de nacimiento
match-born-1 = Fecha de nacimiento con un desliz
match-born-2 = Coinciden dos de día, mes y año
match-born-3 = El mismo año de nacimiento
match-born-4 = Otra fecha de nacimiento
match-phone-0 = Un teléfono en común
match-phone-1 = Ningún teléfono en común
match-identifier-0 = El mismo número en otra entidad
match-identifier-1 = Números con una cifra distinta
match-identifier-2 = Otro número del mismo tipo
match-area-0 = La misma zona
match-area-1 = Otra zona
duplicates = Posibles duplicados
duplicates-none-yet = Todavía nadie ha buscado expedientes registrados dos veces.
duplicates-none = No hay dos expedientes que parezcan una sola persona.
duplicates-waiting = { $n ->
    [one] Un par de expedientes podría ser una sola persona. Usted decide.
   *[other] { $n } pares de expedientes podrían ser una sola persona. Usted decide; los más seguros van primero.
  }
duplicates-looked = Última revisión: { $when }
duplicates-find = Revisar el registro
duplicates-help = Al unir no se pierde nada y se puede deshacer.
duplicates-says = Qué indica
duplicates-keep-first = La misma persona: conservar { $name }
duplicates-keep-second = La misma persona: conservar { $name } (a la derecha)
duplicates-different = Dos personas
duplicates-merged = Unidos hace poco
duplicates-merged-by = { $when }, por { $who }
duplicates-undo = Deshacer
duplicates-found = Se revisaron { $clients } clientes: { $n ->
    [0] ningún par por decidir.
    [one] un par por decidir.
   *[other] { $n } pares por decidir.
  }
duplicates-still-looking = La revisión continúa. Vuelva a cargar esta página en un minuto.
duplicates-merge-done = Los expedientes son uno ahora. Abajo puede deshacerlo.
duplicates-undone = Son dos expedientes otra vez.
duplicates-apart = Son dos personas: no se mostrarán juntas de nuevo.
duplicates-restricted-apart = Ambos expedientes están restringidos a personas distintas. Acuerden primero quién puede ver el expediente.
duplicates-later-first = El expediente se unió de nuevo después. Deshaga primero la unión posterior.
duplicates-not-standing = Esta unión ya se deshizo.
emergency = Abrir un expediente en una emergencia
emergency-lede = Usted no trabaja con este cliente. Puede abrir el expediente durante { $hours } horas; se avisa a una persona supervisora, que revisa su motivo.
emergency-reason = Por qué no puede esperar
emergency-reason-hint = Al menos 20 letras. Por ejemplo: estoy con ella en el hospital y no localizo a su trabajadora.
emergency-open = Abrir el expediente
emergency-opened = El expediente está abierto para usted. Una persona supervisora revisará su motivo.
emergency-too-short = Dé el motivo en al menos { $n } letras
emergencies = Expedientes abiertos en una emergencia
emergencies-none = Nadie ha abierto un expediente en una emergencia.
emergencies-waiting = { $n ->
    [0] Todos se han revisado.
    [one] Uno espera su revisión.
   *[other] { $n } esperan su revisión.
  }
emergencies-when = Abierto el { $from }
emergencies-in-order = En orden
emergencies-not-in-order = No está en orden
emergencies-was-in-order = en orden
emergencies-was-not-in-order = no está en orden
emergencies-noted = Anotado.
emergencies-own = Lo que usted abrió debe revisarlo otra persona, o ya se revisó.
action-clients_search = búsqueda de clientes
action-clients_check = cliente nuevo comprobado
action-clients_find_duplicates = registro revisado en busca de duplicados
action-duplicates_read = posibles duplicados leídos
action-client_add = cliente agregado
action-client_change = datos del cliente cambiados
action-client_merge = clientes unidos
action-client_unmerge = unión deshecha
action-client_different = clientes declarados dos personas
action-client_line = cliente consultado
