everywhere = toda la agencia
areas-number = { $n } zonas
places-many = { $n } zonas ({ $first }, { $second } y { $rest } más)
group-value = «{ $value }» ({ $dimension })
observed = Visto
expected = Esperado
times = Veces
interval = Intervalo del 95 %
month = Mes
week-of = Semana del
more = Mostrar más
numbers-table = Lo mismo en una tabla

finding-kind-cluster = lugar y tiempo
finding-kind-disparity = disparidad
finding-kind-trend = aumento repentino
finding-kind-subgroup = grupo oculto
finding-kind-pair = sistema y obstáculo
finding-cluster = En { $places }, «{ $what }» se anotó **{ $ratio } veces tanto como en otros lugares**: { $observed } veces, cuando se esperaban { $expected }.
finding-cluster-hidden = En { $places }, «{ $what }» se anotó **más a menudo que en otros lugares**. El número es demasiado pequeño para mostrarlo.
finding-disparity = «{ $start }» se anotó **{ $ratio } veces tanto** para el grupo { $group } como para { $reference ->
    [rest] todos los demás
   *[other] «{ $reference }»
  }.
finding-disparity-hidden = «{ $start }» se anotó **con otra frecuencia** para el grupo { $group } que para { $reference ->
    [rest] todos los demás
   *[other] «{ $reference }»
  }. Un número detrás de ello es demasiado pequeño para mostrarlo.
finding-trend = En { $places }, «{ $what }» se anotó **{ $ratio } veces tanto como hacía esperar su pasado** en { $month }: { $observed } veces, cuando se esperaban { $expected }.
finding-trend-hidden = En { $places }, «{ $what }» se anotó **más a menudo de lo que hacía esperar su pasado** en { $month }. El número es demasiado pequeño para mostrarlo.
finding-subgroup = «{ $start }» se anotó **{ $ratio } veces tanto** para las personas de todos estos grupos como predice el resto del registro: { $group }. { $observed } veces, cuando se esperaban { $expected }.
finding-subgroup-hidden = «{ $start }» se anotó **más a menudo** para las personas de todos estos grupos de lo que predice el resto del registro: { $group }. El número es demasiado pequeño para mostrarlo.
finding-pair = «{ $start }» apareció con el sistema «{ $system }» **{ $ratio } veces tanto como los uniría el azar**: { $observed } veces, cuando se esperaban { $expected }.
finding-pair-hidden = «{ $start }» apareció con el sistema «{ $system }» **más a menudo de lo que los uniría el azar**. El número es demasiado pequeño para mostrarlo.
finding-fit = Los datos admiten de { $interval } veces.
finding-since = Empezó en { $month } y continúa.
finding-between = Duró de { $from } a { $to }.
finding-hardest = Afecta más al grupo { $group }.

map-area = { $observed } vistos, { $expected } esperados
map-fewer = menos
map-more = más de lo esperado
map-hidden = demasiado pocos
map-marked = parte de este hallazgo
trend-band = rango esperado
trend-mark = desde { $month }
trend-hidden = Barras grises: los números demasiado pequeños están en algún punto de ellas.
forest-same = igual
forest-expected = lo esperado
forest-no-change = sin cambio

signals-lede = Groundswell busca en el registro a quién le afecta más, dónde y desde cuándo.
signals-rank = Puesto
signals-no-evidence = Aún no hay nada que mirar
signals-no-evidence-help = Las señales se encuentran en los hechos registrados. Importe algunos o empiece a anotar casos.
signals-never = Nadie ha mirado todavía
signals-never-help = Una búsqueda lee todo el registro, prueba cada patrón y guarda los que el azar no explica.
signals-none = Nada destacó
signals-none-help = La última búsqueda no encontró ningún patrón que el azar no explique. Puede ser que todo vaya bien o que el registro sea aún pequeño.
signals-filtered = Ninguna señal coincide con estos filtros
signal-new = nueva
signal-in-issue = en un problema
signal-dismissed = Descartada
signal-dismissed-because = Descartada:
signal-evidence-for = Prueba para el problema
filters = Filtros
filter-all = Todo
filter-kind = Tipo de hallazgo
filter-code = Qué pasó
filter-area = Zona
filter-group = Grupo
filter-dataset = Datos
filter-apply = Mostrar
filter-clear = Quitar los filtros
run-last = Última búsqueda: { $at }, con el registro hasta el { $until }. { $looked } patrones probados, { $passed ->
    [0] ninguno guardado
    [one] uno guardado
   *[other] { $passed } guardados
  }, con un máximo del { $limit } de falsas alarmas esperadas entre los guardados.
run-first = Buscar patrones
run-again = Buscar de nuevo
run-running = Buscando.
run-preparing = Leyendo el registro …
run-step-cluster = Lugares y tiempos …
run-step-disparity = Disparidades entre grupos …
run-step-trend = Aumentos repentinos …
run-step-subgroup = Grupos ocultos …
run-step-pair = Sistemas y obstáculos …
run-step-saving = Anotando lo encontrado …
run-progress = Avance de la búsqueda
run-stay = Puede salir de esta página; la búsqueda continúa.
run-done = La búsqueda ha terminado.
run-show = Mostrar las señales
error-run = La última búsqueda se detuvo antes de terminar. No se cambió nada. Inténtelo de nuevo y avise a la administración si vuelve a ocurrir.
error-reason = Diga por qué, para que otras personas lo entiendan después

signal-dismiss = Descartar con un motivo
signal-dismiss-reason = ¿Por qué no vale la pena seguirla?
signal-dismiss-hint = La señal queda en la lista con su motivo y se puede recuperar.
signal-dismiss-submit = Descartar la señal
signal-restore = Recuperarla
signal-where = Dónde
signal-where-help = «{ $what }» frente a lo esperado, por zona, { $base }
signal-map-alt = Mapa de las zonas según lo visto frente a lo esperado. Los números están en la tabla.
signal-when = Desde cuándo
signal-by-week = «{ $what }» por semana, con el rango que explica el azar
signal-by-month = «{ $what }» por mes, con el rango que explica el azar
signal-trend-alt = Línea de los números en el tiempo con el rango esperado. Los números están en la tabla.
signal-whom = Para quién
signal-group-help = Veces frente a lo esperado, por { $dimension }; línea: intervalo del 95 %; derecha: hechos
signal-group-axis = Veces frente a lo esperado
signal-forest-alt = Puntos con intervalos por grupo. Los números están en la tabla.
signal-numbers = Los números
signal-sure = Hasta qué punto es seguro
signal-fooled = Qué podría engañarnos
signal-how = Cómo se calculó
sure-shuffles = { $strong ->
    [0] En ninguna de { $all } mezclas de los mismos datos apareció un patrón tan fuerte.
    [one] Un patrón tan fuerte apareció en una de { $all } mezclas de los mismos datos.
   *[other] Un patrón tan fuerte apareció en { $strong } de { $all } mezclas de los mismos datos.
  }
sure-p = Si no hubiera una diferencia real, un patrón tan fuerte aparecería con una probabilidad de { $p }.
sure-family = En esta búsqueda se miraron { $n } patrones. Contándolos todos, queda por debajo del límite del { $limit } de falsas alarmas (p ajustada: { $adjusted }).
caveat-recorded-by-few = { $n } personas anotaron el { $share } de estos hechos. Puede que escriban lo que otras omiten.
caveat-no-denominator = No sabemos cuántas personas estaban expuestas. La comparación es con todos los registros de los datos.
caveat-selected = Es el más fuerte de muchos patrones, y el más fuerte suele parecer más fuerte de lo que es.
caveat-late = Las últimas semanas pueden crecer aún, cuando lleguen más registros.
caveat-small = Los números son pequeños. Unos pocos hechos más o menos cambiarían la imagen.
caveat-not-a-cause = El registro muestra que ocurre, no por qué. Pregunte a quienes les ocurre.
base-client-months = por persona y mes de atención
base-people = por habitante
base-records = como parte de todos los registros
base-own = por unidad de exposición del archivo
how-method = Método
how-docs = leer sobre él
how-base = Medida
how-events = Hechos
how-period = Período
how-p = p
how-p-adjusted = p, ajustada
how-hypotheses = Patrones mirados
how-replicates = Mezclas
how-seed = Semilla
how-fingerprint = Huella de los datos
how-version = Versión
times-interval = Veces, intervalo del 95 %
signals-not-looked = Lo que no se pudo mirar, y por qué ({ $n })
signals-not-looked-why = { $kind }: { $why }.
signals-not-looked-what = { $dataset }: { $what }.
