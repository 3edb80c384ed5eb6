# Polski. Grzecznościowo per „Państwo”, co nie zdradza płci adresata.

greeting = Dzień dobry, { $name }!
moment = { $when } ({ $place }, UTC{ $offset })
utc = { $when } (UTC)
begins = Początek:
ends = Koniec:
phrase = Państwa hasło rozpoznawcze, po którym poznać prawdziwy list:

entry = Posiedzenie

invitation =
    .subject = Zaproszenie dla Państwa
    .lead = Zapraszamy Państwa. Aby przyjąć zaproszenie, prosimy otworzyć ten link i ustawić hasło:
    .code = Jeśli strona poprosi o kod, oto on:
    .until = { PLURAL($hours) ->
        [one] Link i kod działają jeden raz, przez { $hours } godzinę, do:
        [few] Link i kod działają jeden raz, przez { $hours } godziny, do:
        [many] Link i kod działają jeden raz, przez { $hours } godzin, do:
       *[other] Link i kod działają jeden raz, przez { $hours } godziny, do:
    }
    .close = Nie spodziewali się Państwo zaproszenia? W takim razie nie trzeba nic robić.

password-reset =
    .subject = Nowe hasło
    .lead = Otrzymaliśmy prośbę o ustawienie nowego hasła do Państwa konta, prawdopodobnie od Państwa. Aby je ustawić, prosimy otworzyć ten link:
    .code = Jeśli strona poprosi o kod, oto on:
    .until = { PLURAL($hours) ->
        [one] Link i kod działają jeden raz, przez { $hours } godzinę, do:
        [few] Link i kod działają jeden raz, przez { $hours } godziny, do:
        [many] Link i kod działają jeden raz, przez { $hours } godzin, do:
       *[other] Link i kod działają jeden raz, przez { $hours } godziny, do:
    }
    .close = Po ustawieniu nowego hasła trzeba będzie wszędzie zalogować się ponownie. Jeśli prośba nie pochodzi od Państwa, nie trzeba nic robić: hasło pozostanie bez zmian.

password-changed =
    .subject = Hasło zostało zmienione
    .lead = Hasło do Państwa konta zostało zmienione w tej chwili:
    .close = Jeśli zmiana pochodzi od Państwa, nie trzeba nic robić. Jeśli nie, prosimy od razu poprosić o nowe hasło i powiadomić osobę, która Państwa zaprosiła.

seat-given-own =
    .subject = Przyznano Państwu miejsce
    .lead = Przyznano Państwu miejsce. Prosimy się zalogować, aby zobaczyć, które i kto jeszcze tam zasiada.
seat-given =
    .subject = Przyznano miejsce
    .lead = W grupie, do której Państwo należą, przyznano komuś miejsce. Prosimy się zalogować, aby zobaczyć, kto teraz w niej zasiada.

seat-changed-own =
    .subject = Państwa miejsce zostało zmienione
    .lead = Jedno z Państwa miejsc zostało zmienione. Prosimy się zalogować, aby zobaczyć, w jaki sposób.
seat-changed =
    .subject = Miejsce zostało zmienione
    .lead = W grupie, do której Państwo należą, zmieniono czyjeś miejsce. Prosimy się zalogować, aby zobaczyć, kto teraz w niej zasiada i w jakiej roli.

seat-taken-own =
    .subject = Odebrano Państwu miejsce
    .lead = Odebrano Państwu jedno z miejsc, a wraz z nim prawo czytania tego, co ono otwierało. Prosimy się zalogować, aby zobaczyć, które miejsca Państwo zajmują.
seat-taken =
    .subject = Odebrano miejsce
    .lead = W grupie, do której Państwo należą, odebrano komuś miejsce. Prosimy się zalogować, aby zobaczyć, kto teraz w niej zasiada.

session-scheduled =
    .subject = Wyznaczono posiedzenie
    .lead = Wyznaczono posiedzenie, na którym są Państwo oczekiwani.
    .close = Prosimy się zalogować, aby zobaczyć, czego dotyczy, i dać znać, czy Państwo przybędą.

session-moved =
    .subject = Posiedzenie zostało przeniesione
    .lead = Posiedzenie, na którym są Państwo oczekiwani, zostało przeniesione.
    .close = Prosimy się zalogować, aby zobaczyć, które, i dać znać, czy Państwo przybędą.

session-cancelled =
    .subject = Posiedzenie zostało odwołane
    .lead = Posiedzenie, na którym byli Państwo oczekiwani, zostało odwołane.
    .begins = Rozpoczęłoby się:
    .ends = Zakończyłoby się:
    .close = Prosimy się zalogować, aby zobaczyć, które.

reminder =
    .subject = Przypomnienie: zbliża się posiedzenie
    .lead = Przypominamy o posiedzeniu, na którym są Państwo oczekiwani.
    .close = Prosimy się zalogować, aby zobaczyć porządek obrad i dać znać, czy Państwo przybędą.

silence =
    .object = Aby zgłosić sprzeciw, prosimy się zalogować albo otworzyć ten link. Jest tylko dla Państwa, służy tylko do tego i nie pokazuje tekstu:
    .silent = Jeśli do tego czasu nikt nie zgłosi sprzeciwu, tekst zostaje przyjęty. Kto milczał, nie jest nigdzie zapisywane.
    .read = Jeśli do tego czasu nikt nie zgłosi sprzeciwu, tekst zostaje przyjęty. Prosimy się zalogować, aby go przeczytać.

silence-opened-own =
    .subject = Do pewnego terminu można zgłosić sprzeciw
    .lead = Tekst poddano procedurze milczącej. Sprzeciw można zgłosić do:
silence-opened =
    .subject = Tekst w procedurze milczącej
    .lead = Tekst poddano procedurze milczącej, do:

silence-ending =
    .subject = Czas na sprzeciw dobiega końca
    .lead = Tekst jest w procedurze milczącej, a czas na sprzeciw wkrótce minie:

silence-moved =
    .subject = Termin został przesunięty
    .lead = Nie wszyscy mogli zgłosić sprzeciw wobec tekstu w procedurze milczącej. Dlatego termin przesunięto na:

silence-broken =
    .subject = Milczenie zostało przerwane
    .lead = Milczenie w sprawie pewnego tekstu zostało przerwane. Tekst nie jest przyjęty.
    .close = Prosimy się zalogować, aby zobaczyć, który to tekst i jaki zgłoszono sprzeciw.

silence-adopted =
    .subject = Tekst przyjęto przez milczenie
    .lead = Tekst był w procedurze milczącej, nikt nie zgłosił sprzeciwu i jest przyjęty z chwilą:
    .close = Prosimy się zalogować, aby go przeczytać.

silence-withdrawn =
    .subject = Procedurę milczącą wycofano
    .lead = Tekst, który był w procedurze milczącej, już w niej nie jest. Nie jest przyjęty i pozostaje propozycją, jak wcześniej.
    .close = Prosimy się zalogować, aby zobaczyć, który.
