# Lietuvių. Kreipiamasi „Jūs“; be giminės, kur galima.

greeting = Laba diena, { $name }!
moment = { $when } ({ $place }, UTC{ $offset })
utc = { $when } (UTC)
begins = Pradžia:
ends = Pabaiga:
phrase = Jūsų frazė, iš kurios atpažįstate tikrą laišką:

entry = Posėdis

invitation =
    .subject = Kvietimas Jums
    .lead = Kviečiame Jus. Kad priimtumėte kvietimą, atverkite šią nuorodą ir pasirinkite slaptažodį:
    .code = Jei puslapis paprašys kodo, įveskite šį:
    .until = { PLURAL($hours) ->
        [one] Nuoroda ir kodas galioja vieną kartą, { $hours } valandą, iki:
        [few] Nuoroda ir kodas galioja vieną kartą, { $hours } valandas, iki:
        [many] Nuoroda ir kodas galioja vieną kartą, { $hours } valandos, iki:
       *[other] Nuoroda ir kodas galioja vieną kartą, { $hours } valandų, iki:
    }
    .close = Nelaukėte kvietimo? Tuomet nieko daryti nereikia.

password-reset =
    .subject = Naujas slaptažodis
    .lead = Gautas prašymas nustatyti naują Jūsų paskyros slaptažodį; tikriausiai jis Jūsų. Kad jį nustatytumėte, atverkite šią nuorodą:
    .code = Jei puslapis paprašys kodo, įveskite šį:
    .until = { PLURAL($hours) ->
        [one] Nuoroda ir kodas galioja vieną kartą, { $hours } valandą, iki:
        [few] Nuoroda ir kodas galioja vieną kartą, { $hours } valandas, iki:
        [many] Nuoroda ir kodas galioja vieną kartą, { $hours } valandos, iki:
       *[other] Nuoroda ir kodas galioja vieną kartą, { $hours } valandų, iki:
    }
    .close = Nustačius naują slaptažodį, visur reikės prisijungti iš naujo. Jei prašymas ne Jūsų, nieko nedarykite: slaptažodis liks toks, koks buvo.

password-changed =
    .subject = Jūsų slaptažodis pakeistas
    .lead = Jūsų paskyros slaptažodis buvo pakeistas:
    .close = Jei tai padarėte Jūs, nieko daryti nereikia. Jei ne, iškart paprašykite naujo slaptažodžio ir praneškite Jus pakvietusiam žmogui.

seat-given-own =
    .subject = Jums suteikta vieta
    .lead = Jums suteikta vieta. Prisijunkite, kad pamatytumėte, kokia ir kas dar ten posėdžiauja.
seat-given =
    .subject = Suteikta vieta
    .lead = Grupėje, kuriai priklausote, kažkam suteikta vieta. Prisijunkite, kad pamatytumėte, kas joje dabar posėdžiauja.

seat-changed-own =
    .subject = Jūsų vieta pakeista
    .lead = Viena Jūsų vieta pakeista. Prisijunkite, kad pamatytumėte, kaip.
seat-changed =
    .subject = Vieta pakeista
    .lead = Grupėje, kuriai priklausote, pakeista kažkieno vieta. Prisijunkite, kad pamatytumėte, kas joje dabar posėdžiauja ir kokiu vaidmeniu.

seat-taken-own =
    .subject = Viena Jūsų vieta atšaukta
    .lead = Viena Jūsų vieta atšaukta, o su ja ir teisė skaityti tai, ką ji atvėrė. Prisijunkite, kad pamatytumėte, kokias vietas turite.
seat-taken =
    .subject = Vieta atšaukta
    .lead = Grupėje, kuriai priklausote, atšaukta kažkieno vieta. Prisijunkite, kad pamatytumėte, kas joje dabar posėdžiauja.

session-scheduled =
    .subject = Paskirtas posėdis
    .lead = Paskirtas posėdis, kuriame Jūsų laukiama.
    .close = Prisijunkite, kad sužinotumėte, apie ką jis, ir praneštumėte, ar atvyksite.

sessions-scheduled =
    .subject = Paskirti posėdžiai
    .lead = Paskirti keli posėdžiai iš eilės, kuriuose Jūsų laukiama. Štai pirmojo laikas.
    .close = Prisijunkite, kad sužinotumėte, kada kiti ir apie ką jie, ir praneštumėte, į kuriuos atvyksite.

date-sought =
    .subject = Ieškoma datos
    .lead = Ieškoma posėdžio, kuriame Jūsų būtų laukiama, datos.
    .close = Prisijunkite, kad pažymėtumėte, kuris iš siūlomų laikų Jums tinka. Tai galite keisti, kol data nepasirinkta, o tai, ką pažymėjote, matote tik Jūs.

session-moved =
    .subject = Posėdis perkeltas
    .lead = Posėdis, kuriame Jūsų laukiama, perkeltas.
    .was-begins = Ankstesnė pradžia:
    .was-ends = Ankstesnė pabaiga:
    .begins = Nauja pradžia:
    .ends = Nauja pabaiga:
    .close = Prisijunkite, kad pamatytumėte, kuris, ir praneštumėte, ar atvyksite.

session-changed =
    .subject = Posėdis pakeistas
    .lead = Kai kas posėdyje, kuriame Jūsų laukiama, pasikeitė.
    .close = Prisijunkite, kad pamatytumėte, kas pasikeitė.

session-cancelled =
    .subject = Posėdis atšauktas
    .lead = Posėdis, kuriame Jūsų buvo laukiama, atšauktas.
    .begins = Būtų prasidėjęs:
    .ends = Būtų pasibaigęs:
    .close = Prisijunkite, kad pamatytumėte, kuris.

reminder =
    .subject = Priminimas: artėja posėdis
    .lead = Primename apie posėdį, kuriame Jūsų laukiama.
    .close = Prisijunkite, kad pamatytumėte darbotvarkę ir praneštumėte, ar atvyksite.

silence =
    .object = Norėdami prieštarauti, prisijunkite arba atverkite šią nuorodą. Ji skirta tik jums, tinka tik tam ir teksto nerodo:
    .silent = Jei iki tol niekas neprieštaraus, tekstas bus priimtas. Kas tylėjo, niekur nerašoma.
    .read = Jei iki tol niekas neprieštaraus, tekstas bus priimtas. Prisijunkite, kad jį perskaitytumėte.

silence-opened-own =
    .subject = Galite prieštarauti iki nustatyto termino
    .lead = Tekstui pradėta tylos procedūra. Prieštarauti galite iki:
silence-opened =
    .subject = Tekstui taikoma tylos procedūra
    .lead = Tekstui pradėta tylos procedūra, iki:

silence-ending =
    .subject = Laikas prieštarauti baigiasi
    .lead = Tekstui taikoma tylos procedūra, ir laikas prieštarauti netrukus baigsis:

silence-moved =
    .subject = Terminas nukeltas
    .lead = Ne visi galėjo prieštarauti tekstui, kuriam taikoma tylos procedūra. Todėl terminas nukeltas į:

silence-broken =
    .subject = Tyla nutraukta
    .lead = Tyla dėl vieno teksto nutraukta. Jis nepriimtas.
    .close = Prisijunkite, kad pamatytumėte, kuris tai tekstas ir kas prieš jį pasakyta.

silence-adopted =
    .subject = Tekstas priimtas tyla
    .lead = Tekstui buvo taikoma tylos procedūra, niekas neprieštaravo, ir jis priimtas nuo:
    .close = Prisijunkite, kad jį perskaitytumėte.

silence-withdrawn =
    .subject = Tylos procedūra atšaukta
    .lead = Tekstui tylos procedūra nebetaikoma. Jis nepriimtas ir siūlomas kaip anksčiau.
    .close = Prisijunkite, kad pamatytumėte, kuris.

participation-suspended =
    .subject = Delegacija sustabdė dalyvavimą
    .lead = Viena iš delegacijų sustabdė savo dalyvavimą. Kol sustabdyta, jos dalyviai nerašo pastabų ir be jos sutikimo niekam netaikoma tylos procedūra. Prieštarauti jie vis dar gali.
    .close = Prisijunkite, kad pamatytumėte, kuri.

participation-resumed =
    .subject = Delegacija vėl dalyvauja
    .lead = Dalyvavimą sustabdžiusi delegacija vėl dalyvauja.
    .close = Prisijunkite, kad pamatytumėte, kuri.

record-circulated =
    .subject = Išplatintas posėdžio įrašas
    .lead = Posėdžio įrašas išplatintas. Kol jam nepradėta tylos procedūra, galite prašyti ištrauką išbraukti arba pataisyti; kas prašė, niekur nerašoma.
    .close = Prisijunkite, kad jį perskaitytumėte.

record-issued =
    .subject = Išleistas posėdžio įrašas
    .lead = Posėdžio įrašui buvo taikoma tylos procedūra, niekas neprieštaravo, ir jis išleistas nuo:
    .close = Prisijunkite, kad jį perskaitytumėte.

sign-in-after-failures =
    .subject = Prisijungimas po nepavykusių bandymų
    .lead = Prie Jūsų paskyros prisijungta su teisingu slaptažodžiu, o prieš tai buvo nepavykusių bandymų.
    .close = Jei tai buvote Jūs, nieko daryti nereikia. Jei ne, iškart paprašykite naujo slaptažodžio ir praneškite Jus pakvietusiam žmogui.

second-factor-changed =
    .subject = Jūsų antrasis veiksnys pakeistas
    .lead = Jūsų paskyros antrasis veiksnys buvo nustatytas, pakeistas arba pašalintas, arba panaudotas vienas iš jo atkūrimo kodų:
    .close = Jei tai padarėte Jūs, nieko daryti nereikia. Jei ne, iškart paprašykite naujo slaptažodžio ir praneškite Jus pakvietusiam žmogui.

recovery-started-own =
    .subject = Jūsų antrasis veiksnys bus pašalintas
    .lead = Administracija pradėjo šalinti Jūsų paskyros antrąjį veiksnį, kaip daroma tiems, kurie savąjį prarado. Nuo šio laiko prisijungti pakaks vien slaptažodžio:
    .close = Jei to neprašėte, iki tol tai atšaukite: prisijunkite ir atšaukite atkūrimą arba prisijunkite su vienu iš savo atkūrimo kodų.
recovery-started =
    .subject = Antrasis veiksnys bus pašalintas
    .lead = Administracija pradėjo šalinti antrąjį veiksnį žmogaus iš grupės, kurios darbą vedate, kaip daroma tiems, kurie savąjį prarado. Tai įsigalios:
    .close = Prisijungę savo darbo grupėje matysite, kieno tai veiksnys. Jei tas žmogus to neprašė, iki tol jis gali tai atšaukti.

token-made =
    .subject = Sukurtas prieigos raktas
    .lead = Jūsų paskyrai buvo sukurtas prieigos raktas programai:
    .close = Jei tai padarėte Jūs, nieko daryti nereikia. Jei ne, iškart paprašykite naujo slaptažodžio ir praneškite Jus pakvietusiam žmogui.

token-expiring =
    .subject = Prieigos raktas baigia galioti
    .lead = Jūsų prieigos raktas, kurį naudoja programa, nustos galioti:
    .close = Jei jo dar reikia, prisijunkite ir sukurkite naują.

address-to-confirm-own =
    .subject = Adreso keitimo patvirtinimas
    .lead = Gautas prašymas pakeisti Jūsų paskyros adresą, kuriuo atėjo šis laiškas; tikriausiai jis Jūsų. Kad sutiktumėte, prisijunkite ir įveskite šį kodą:
    .until = Kodas galioja vieną kartą, iki:
    .close = Adresas bus pakeistas, kai bus įvesti abiejų laiškų kodai. Jei prašymas ne Jūsų, niekam nesakykite kodo.
address-to-confirm =
    .subject = Adreso keitimo patvirtinimas
    .lead = Gautas prašymas padaryti šį adresą paskyros adresu; tikriausiai jis Jūsų. Kad sutiktumėte, prisijunkite ir įveskite šį kodą:
    .until = Kodas galioja vieną kartą, iki:
    .close = Adresas bus pakeistas, kai bus įvesti abiejų laiškų kodai. Jei prašymas ne Jūsų, niekam nesakykite kodo.

address-changed =
    .subject = Jūsų adresas pakeistas
    .lead = Jūsų paskyros adresas buvo pakeistas į šį:
    .close = Nuo šiol prisijungiate su juo. Jei tai padarėte ne Jūs, iškart paprašykite naujo slaptažodžio ir praneškite Jus pakvietusiam žmogui.

protection-changed =
    .subject = Pakeista Jūsų paskyros apsauga
    .lead = Frazė Jūsų laiškuose arba galimybė gauti naują slaptažodį paštu buvo pakeista:
    .close = Jei tai padarėte ne Jūs, iškart pakeiskite slaptažodį, nutraukite kitus prisijungimus ir praneškite Jus pakvietusiam žmogui.

administration-changed =
    .subject = Administratoriai pasikeitė
    .lead = Kažkam suteiktos arba atimtos administravimo teisės:
    .close = Prisijunkite, kad žurnale pamatytumėte, kas tai padarė.

item-adopted =
    .subject = Pirmininkaujantis priėmė tekstą
    .lead = Pirmininkaujantis priėmė tekstą, neišgirdęs prieštaravimų.
    .close = Prisijunkite, kad jį perskaitytumėte. Dalyviai gali prieštarauti iki posėdžio pabaigos ir ne trumpiau kaip 24 valandas; po to sprendimas galutinis.

item-objected =
    .subject = Prieštarauta priėmimui
    .lead = Pirmininkaujančio priimtam tekstui prieštarauta. Jis nepriimtas.
    .close = Prisijunkite, kad pamatytumėte, kuris.

answer-missing =
    .subject = Trūksta Jūsų atsakymo
    .lead = Artėja posėdis, o Jūs dar nepranešėte, ar atvyksite.
    .close = Atsakyti galite ir prisijungę.

notes-digest =
    .subject = Yra naujo skaityti
    .lead = Nuo vakar šiuo metu atsirado kai kas naujo skaityti. Prisijunkite ir perskaitykite. Tokius laiškus vienodai gauna visi skaitytojai.

unsubscribed =
    .subject = Laiškai išjungti
    .lead = Jūsų prašymu daugiau negausite tokių laiškų: { $kind }
    .close = Jei prašymas ne Jūsų arba persigalvosite, prisijunkite ir vėl juos įjunkite.

address-stopped =
    .subject = Laiškai kažkam nepasiekia
    .lead = Kažkieno iš grupės, kuriai priklausote, adresas galutinai atmetė tris laiškus. Juo daugiau nieko nesiunčiama. Prisijunkite, kad pamatytumėte, kieno tai adresas.

kind =
    .session-scheduled = apie paskirtą posėdį
    .sessions-scheduled = apie kelis paskirtus posėdžius
    .date-sought = apie ieškomą datą
    .session-moved = apie perkeltą ar pakeistą posėdį
    .reminder = priminimai apie posėdžius
    .answer-missing = apie trūkstamą Jūsų atsakymą
    .notes-digest = apie tai, kad yra naujo skaityti

title = Pavadinimas:
venue = Vieta:
reason = Priežastis:
there-begins = Pradžia posėdžio vietos laiku:
there-ends = Pabaiga posėdžio vietos laiku:

answer = Kad atsakytumėte neprisijungę, iki posėdžio pradžios:
accept = Atvyksiu
tentative = Galbūt atvyksiu
decline = Neatvyksiu
unsubscribe = Kad daugiau negautumėte tokių laiškų:
necessary = Tokie laiškai būtini, jų išjungti negalima.

page-answer =
    .title = Ar atvyksite?
    .lead = Jūsų atsakymas į kvietimą, kurį gavote laišku:
    .accepted = Pažymėta: atvyksite.
    .tentative = Pažymėta: galbūt atvyksite.
    .declined = Pažymėta: neatvyksite.
    .again = Iki posėdžio pradžios atsakymą galite čia pakeisti.
page-unsubscribe =
    .title = Laiškų išjungimas
    .lead = Daugiau negausite tokių laiškų: { $kind }
    .button = Išjungti
    .done = Jie išjungti. Tai patvirtins laiškas.
page-gone =
    .title = Ši nuoroda niekur neveda
    .lead = Ji jau panaudota, nebegalioja arba yra nepilna. Prisijunkite ir padarykite, ką norėjote.
