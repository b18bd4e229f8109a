# Los obstáculos y crisis de una persona, el tablero de supervisión, la lista de códigos.
barriers-open-number = { $n ->
    [0] Ningún obstáculo abierto
    [one] Un obstáculo abierto
   *[other] { $n } obstáculos abiertos
  }
barriers-open = abierto
barriers-none-open = No hay nada registrado que se interponga.
barriers-past = Obstáculos pasados
barriers-older = Más antiguos ({ $n })
barriers-record = Registrar un obstáculo
barriers-what = ¿Qué se interpuso?
barriers-all = Todos los demás, con lo que significan ({ $n })
barriers-codes-link = ¿Qué significan?
barriers-when = Cuándo
barriers-system = Qué sistema
barriers-organization = Qué oficina
barriers-more = Decir más (opcional)
barriers-more-hint = Un toque ya lo codifica todo. Añada lo que sepa; lo demás puede esperar.
barriers-submit = Registrar
barriers-say-more = Decir más sobre esto
barriers-recorded = Registrado: { $what }.
barriers-others = Otras personas que lo encontraron
barriers-others-area = { $n } personas más de esta zona lo encontraron en los últimos 12 meses.
barriers-others-agency = { $n } personas más de la agencia lo encontraron en los últimos 12 meses.
barriers-others-few = Menos de { $n } personas más de la agencia lo encontraron en los últimos 12 meses.
barriers-others-none = No consta que nadie más lo encontrara en los últimos 12 meses.
barriers-live-issue = Se está trabajando en ello:
barriers-live-signal = Destaca en el registro:
barriers-live-see = ver la señal
barriers-no-live = Nadie lo trabaja todavía como problema.
barriers-own-words = En palabras de la persona
barriers-own-words-hint = Como lo dijo, en su idioma.
barriers-note = Nota
barriers-severity = Qué causó
barriers-domain = Parte de la vida
barriers-rule = Norma o formulario
barriers-rule-hint = Por su nombre: «formulario 12-B», «la regla de los 30 días».
barriers-cost-days = Días que le costó a la persona
barriers-cost-money = Dinero que le costó a la persona
barriers-workaround = Qué se hizo en su lugar
barriers-preventable = ¿Se podía evitar?
barriers-verb = Qué lo haría desaparecer
barriers-locus = Qué debe cambiar
barriers-burden = Qué le exige a la persona
barriers-access = Qué lado del acceso falla
barriers-access-text = { $what } (del lado de la persona: { $ability })
barriers-confidence = En qué se basa
barriers-verification = ¿Comprobado?
barriers-recorded-by = Registrado por
barriers-as-usual = Lo habitual en este caso
barriers-not-said = Sin decir
barriers-axes-locus = debe cambiar: { $what }
barriers-axes-burden = exige: { $what }
barriers-axes-days = { $n ->
    [one] costó un día
   *[other] costó { $n } días
  }
barriers-end-text = { $how }, { $on }
barriers-correct = Añadir o corregir
barriers-correct-hint = Lo que guarde sustituye a lo que consta. Lo anterior queda en el historial y ya no cuenta.
barriers-save = Guardar
barriers-conflict = Otra persona cambió esto mientras usted escribía. Su texto está en la página; el de usted, en el formulario.
barriers-end = ¿Ya terminó?
barriers-ended = Ya terminó
barriers-end-submit = Cerrar el obstáculo
barriers-reopen = Abrirlo de nuevo
barriers-how = ¿Cómo terminó?
barriers-how-choose = Elija cómo terminó
barriers-how-when = Qué día
barriers-how-note = Qué ayudó
barriers-how-note-hint = Le servirá a quien lo encuentre después.
barriers-history = Historial
barriers-withdraw = ¿Se registró por error?
barriers-withdraw-hint = Desaparece del expediente y de todo recuento. La auditoría conserva que usted lo retiró.
barriers-withdraw-submit = Retirarlo
picker-find = Buscar por una palabra: autobús, carta, papeles
picker-find-crisis = Buscar por una palabra
picker-none = Nada coincide. Pruebe otra palabra o abra la lista.
barrier-codes-title = Códigos de obstáculos
barrier-codes-lede = Las palabras para lo que se interpone. Un código nombra el mecanismo y trae sus ejes habituales; quien sabe más, lo dice.
barrier-codes-find = Buscar por una palabra
barrier-codes-go = Buscar
barrier-codes-found = { $n ->
    [0] Ningún código coincide. Pruebe otra palabra.
    [one] Un código
   *[other] { $n } códigos
  }
barrier-codes-examples = Ejemplos
barrier-codes-not = No es esto
barrier-codes-synonyms = También llamado
barrier-codes-axes = Por lo general
barrier-codes-version = Versión { $version } códigos. La misma lista sale en JSON y CSV con la orden groundswell export barrier-codes.
crises-title = Crisis
crises-none = No consta ninguna crisis.
crises-record = Registrar una crisis
crises-lede = Basta con qué pasó y cuándo. Qué hubo antes y si se podía prevenir van en la página siguiente, cuando haya tiempo.
crises-what = ¿Qué pasó?
crises-all = Todas las demás ({ $n })
crises-level = Alguien debe actuar
crises-as-usual = Lo habitual en este caso
crises-setting = Dónde
crises-ended = Hasta
crises-ended-hint = Para una estancia que ya terminó.
crises-systems = Sistemas que tuvieron parte
crises-foreseeable = ¿Se veía venir?
crises-more = Decir más (opcional)
crises-submit = Registrar la crisis
crises-correct = Corregir
crises-save = Guardar
crises-conflict = Otra persona cambió esto mientras usted escribía. Su texto está en la página; lo que usted escribió está en el formulario.
crises-before = Qué hubo antes
crises-before-hint = De los 90 días anteriores. Marque lo que llevó a ella.
crises-before-likely = Obstáculos y derivaciones que no llegaron a nada
crises-before-others = Todo lo demás de esos días
crises-before-none = No consta nada de los 90 días anteriores.
crises-before-none-ticked = No se marcó nada.
crises-before-save = Guardar solo esto
crises-days-before = { $n ->
    [0] el mismo día
    [one] el día antes
   *[other] { $n } días antes
  }
crises-review = Mirar atrás
crises-preventable = ¿Se podía prevenir?
crises-preventable-choose = Elija
crises-tried = Qué se intentó
crises-missing = Qué faltó
crises-barrier = Qué obstáculo se interpuso
crises-barrier-none = Ninguno que yo sepa
crises-barrier-also = Y el obstáculo
crises-barrier-record = Registrarlo también como obstáculo de esta persona
crises-review-save = Guardar la revisión
crises-reviewed-by = Revisado por
crises-state-open = revisión abierta
crises-state-overdue = revisión atrasada
crises-state-none = sin revisión
crises-state-yes = se podía prevenir
crises-state-partly = se podía prevenir en parte
crises-state-no = no se podía prevenir
crises-state-unsure = revisada, no se sabe
crises-board = Crisis
crises-board-lede = { $n ->
    [0] Ninguna revisión está atrasada.
    [one] Una revisión está atrasada.
   *[other] { $n } revisiones están atrasadas.
  }
crises-board-open = { $n ->
    [0] Ninguna revisión abierta
    [one] Una revisión abierta
   *[other] { $n } revisiones abiertas
  }
crises-board-none = Se han revisado todas las crisis de los últimos meses.
crises-board-more = Y { $n } más. Elija un tipo para verlas.
crises-board-quiet = Ninguna crisis en los últimos 12 meses.
crises-newest = Más recientes
crises-by-kind = Por tipo
crises-by-kind-caption = Los últimos 12 meses
crises-kind = Tipo
crises-count = Todas
crises-count-reviewed = Revisadas
crises-count-preventable = Prevenibles
crises-overdue-after = La revisión se espera en
crises-overdue-by = { $n ->
    [one] un día de atraso
   *[other] { $n } días de atraso
  }
crises-days = { $n } días
error-barriers-code = Elija qué se interpuso
error-barriers-future = Ese día aún no ha llegado. Escriba el día en que pasó
error-barriers-long = Use menos de 2.000 caracteres
error-barriers-days = Escriba días enteros, como 11, hasta diez años
error-barriers-money = Escriba una cantidad como 12 o 12,50
error-barriers-organization = Elija una oficina de la lista
error-barriers-how = Elija cómo terminó
error-barriers-resolved = Escriba un día igual o posterior al día en que pasó, y que no sea futuro
error-crises-code = Elija qué pasó
error-crises-ended = No puede terminar antes de empezar
error-crises-preventable = Diga si se podía prevenir, o que no se sabe
flash-barrier-corrected = Guardado. Lo anterior ya no cuenta.
flash-barrier-resolved = El obstáculo está cerrado.
flash-barrier-reopened = El obstáculo está abierto de nuevo.
flash-barrier-changed = Otra persona lo cambió entretanto. Así está ahora.
flash-barrier-withdrawn = Retirado. Ya no cuenta en ningún sitio.
flash-crisis-recorded = Registrada. Cuando haya tiempo: ¿qué hubo antes y se podía prevenir?
flash-crisis-ticked = Guardado.
flash-crisis-reviewed = La revisión está guardada.
action-barrier_record = obstáculo registrado
action-barrier_correct = obstáculo corregido
action-barrier_resolve = obstáculo cerrado
action-barrier_reopen = obstáculo abierto de nuevo
action-barrier_withdraw = obstáculo retirado
action-crisis_record = crisis registrada
action-crisis_correct = crisis corregida
action-crisis_withdraw = crisis retirada
action-crisis_tick = marcado lo anterior a una crisis
action-crisis_review = crisis revisada
action-crisis_board = lista de crisis consultada
