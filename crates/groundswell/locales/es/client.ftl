# Lo que está sobre cada página del expediente de un cliente.
client-tabs = Páginas de este expediente
client-tab-file = Expediente
client-tab-barriers = Obstáculos y crisis
client-tab-assessments = Necesidades
client-tab-plan = Plan
client-tab-referrals = Derivaciones
client-tab-systems = Sistemas
client-tab-tasks = Tareas
client-tab-details = Datos
client-age = { $n } años
client-with = con { $names }
client-strength = Fortaleza
client-wish = Deseo
client-emergency = Abrió este expediente por una emergencia. Una persona supervisora revisará el motivo que dio.
client-restricted = Restringido: solo las personas nombradas para este cliente pueden ver que este expediente existe.
