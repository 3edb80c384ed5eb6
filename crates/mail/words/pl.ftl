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

sessions-scheduled =
    .subject = Wyznaczono posiedzenia
    .lead = Wyznaczono kilka kolejnych posiedzeń, na których są Państwo oczekiwani. Oto czas pierwszego z nich.
    .close = Prosimy się zalogować, aby zobaczyć, kiedy są pozostałe i czego dotyczą, i dać znać, na które Państwo przybędą.

date-sought =
    .subject = Szukamy terminu
    .lead = Szukany jest termin posiedzenia, na którym byliby Państwo oczekiwani.
    .close = Prosimy się zalogować, aby zaznaczyć, które z proponowanych terminów Państwu odpowiadają. Można to zmienić, dopóki termin nie zostanie wybrany, a zaznaczone widzą tylko Państwo.

session-moved =
    .subject = Posiedzenie zostało przeniesione
    .lead = Posiedzenie, na którym są Państwo oczekiwani, zostało przeniesione.
    .was-begins = Dotychczasowy początek:
    .was-ends = Dotychczasowy koniec:
    .begins = Nowy początek:
    .ends = Nowy koniec:
    .close = Prosimy się zalogować, aby zobaczyć, które, i dać znać, czy Państwo przybędą.

session-changed =
    .subject = Zmieniono posiedzenie
    .lead = W posiedzeniu, na którym są Państwo oczekiwani, coś się zmieniło.
    .close = Prosimy się zalogować, aby zobaczyć, co się zmieniło.

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

participation-suspended =
    .subject = Delegacja zawiesiła udział
    .lead = Jedna z delegacji zawiesiła swój udział. W tym czasie jej uczestnicy nie piszą notatek, a bez jej zgody nic nie trafia do procedury milczącej. Nadal mogą zgłaszać sprzeciw.
    .close = Prosimy się zalogować, aby zobaczyć, która.

participation-resumed =
    .subject = Delegacja znów bierze udział
    .lead = Delegacja, która zawiesiła swój udział, znów bierze udział.
    .close = Prosimy się zalogować, aby zobaczyć, która.

record-circulated =
    .subject = Rozesłano zapis posiedzenia
    .lead = Zapis posiedzenia został rozesłany. Dopóki nie podlega procedurze milczącej, można poprosić o skreślenie lub poprawienie fragmentu; kto o to poprosił, nie jest nigdzie zapisywane.
    .close = Prosimy się zalogować, aby go przeczytać.

record-issued =
    .subject = Wydano zapis posiedzenia
    .lead = Zapis posiedzenia był w procedurze milczącej, nikt nie zgłosił sprzeciwu i jest wydany z chwilą:
    .close = Prosimy się zalogować, aby go przeczytać.

sign-in-after-failures =
    .subject = Logowanie po nieudanych próbach
    .lead = Do Państwa konta zalogowano się właściwym hasłem, a wcześniej były nieudane próby.
    .close = Jeśli logowanie pochodzi od Państwa, nie trzeba nic robić. Jeśli nie, prosimy od razu poprosić o nowe hasło i powiadomić osobę, która Państwa zaprosiła.

second-factor-changed =
    .subject = Drugi składnik został zmieniony
    .lead = Drugi składnik logowania do Państwa konta został ustawiony, wymieniony lub usunięty albo użyto jednego z jego kodów odzyskiwania, w tej chwili:
    .close = Jeśli zmiana pochodzi od Państwa, nie trzeba nic robić. Jeśli nie, prosimy od razu poprosić o nowe hasło i powiadomić osobę, która Państwa zaprosiła.

recovery-started-own =
    .subject = Drugi składnik zostanie usunięty
    .lead = Administracja rozpoczęła usuwanie drugiego składnika logowania do Państwa konta, jak się to robi dla osób, które swój utraciły. Od tej chwili do zalogowania wystarczy samo hasło:
    .close = Jeśli Państwo o to nie prosili, prosimy to wcześniej odwołać: zalogować się i odwołać odzyskiwanie albo zalogować się jednym z kodów odzyskiwania.
recovery-started =
    .subject = Czyjś drugi składnik zostanie usunięty
    .lead = Administracja rozpoczęła usuwanie drugiego składnika logowania osoby z grupy, w której Państwo moderują, jak się to robi dla osób, które swój utraciły. Nastąpi to w tej chwili:
    .close = Po zalogowaniu zobaczą Państwo w swojej grupie roboczej, czyj to składnik. Jeśli ta osoba o to nie prosiła, może to wcześniej odwołać.

token-made =
    .subject = Utworzono token dostępu
    .lead = Dla Państwa konta utworzono token dostępu dla programu w tej chwili:
    .close = Jeśli token pochodzi od Państwa, nie trzeba nic robić. Jeśli nie, prosimy od razu poprosić o nowe hasło i powiadomić osobę, która Państwa zaprosiła.

token-expiring =
    .subject = Token dostępu wygasa
    .lead = Państwa token dostępu, z którego korzysta program, wygasa w tej chwili:
    .close = Jeśli jest nadal potrzebny, prosimy się zalogować i utworzyć nowy.

address-to-confirm-own =
    .subject = Potwierdzenie zmiany adresu
    .lead = Otrzymaliśmy prośbę o zmianę adresu Państwa konta, na który przyszedł ten list, prawdopodobnie od Państwa. Aby się zgodzić, prosimy się zalogować i wpisać ten kod:
    .until = Kod działa jeden raz, do:
    .close = Adres zmieni się po wpisaniu kodów z obu listów. Jeśli prośba nie pochodzi od Państwa, prosimy nikomu nie podawać kodu.
address-to-confirm =
    .subject = Potwierdzenie zmiany adresu
    .lead = Otrzymaliśmy prośbę, aby ten adres stał się adresem konta, prawdopodobnie od Państwa. Aby się zgodzić, prosimy się zalogować i wpisać ten kod:
    .until = Kod działa jeden raz, do:
    .close = Adres zmieni się po wpisaniu kodów z obu listów. Jeśli prośba nie pochodzi od Państwa, prosimy nikomu nie podawać kodu.

address-changed =
    .subject = Adres został zmieniony
    .lead = Adres Państwa konta został zmieniony na ten w tej chwili:
    .close = Odtąd logują się Państwo tym adresem. Jeśli zmiana nie pochodzi od Państwa, prosimy od razu poprosić o nowe hasło i powiadomić osobę, która Państwa zaprosiła.

protection-changed =
    .subject = Zmieniono zabezpieczenie Państwa konta
    .lead = Hasło rozpoznawcze w Państwa listach albo możliwość ustawienia nowego hasła pocztą zmieniono w tej chwili:
    .close = Jeśli zmiana nie pochodzi od Państwa, prosimy od razu zmienić hasło, zakończyć inne sesje logowania i powiadomić osobę, która Państwa zaprosiła.

administration-changed =
    .subject = Skład administracji został zmieniony
    .lead = Ktoś uzyskał lub utracił uprawnienia administracji w tej chwili:
    .close = Prosimy się zalogować, aby zobaczyć w dzienniku, kto to zrobił.

item-adopted =
    .subject = Prowadzący przyjął tekst
    .lead = Prowadzący przyjął tekst, nie usłyszawszy sprzeciwu.
    .close = Prosimy się zalogować, aby go przeczytać. Uczestnicy mogą zgłosić sprzeciw do końca posiedzenia i przez co najmniej 24 godziny; potem decyzja jest ostateczna.

item-objected =
    .subject = Zgłoszono sprzeciw wobec przyjęcia
    .lead = Wobec tekstu przyjętego przez prowadzącego zgłoszono sprzeciw. Tekst nie jest przyjęty.
    .close = Prosimy się zalogować, aby zobaczyć, który.

answer-missing =
    .subject = Brakuje Państwa odpowiedzi
    .lead = Zbliża się posiedzenie, a nie mamy jeszcze odpowiedzi, czy Państwo przybędą.
    .close = Odpowiedzieć można także po zalogowaniu.

notes-digest =
    .subject = Jest coś nowego do przeczytania
    .lead = Od wczoraj o tej porze pojawiło się coś nowego do przeczytania. Prosimy się zalogować, aby przeczytać. Takie listy otrzymują jednakowo wszyscy czytelnicy.

unsubscribed =
    .subject = Listy zostały wyłączone
    .lead = Zgodnie z prośbą nie będą Państwo więcej otrzymywać takich listów: { $kind }
    .close = Jeśli prośba nie pochodzi od Państwa lub zmienią Państwo zdanie, prosimy się zalogować i włączyć je ponownie.

address-stopped =
    .subject = Listy do kogoś nie docierają
    .lead = Adres kogoś z grupy, do której Państwo należą, ostatecznie odrzucił trzy listy. Nic już na niego nie wysyłamy. Prosimy się zalogować, aby zobaczyć, czyj to adres.

kind =
    .session-scheduled = o wyznaczeniu posiedzenia
    .sessions-scheduled = o wyznaczeniu kilku posiedzeń
    .date-sought = o szukaniu terminu
    .session-moved = o przeniesieniu lub zmianie posiedzenia
    .reminder = przypomnienia o posiedzeniach
    .answer-missing = o braku Państwa odpowiedzi
    .notes-digest = o tym, że jest coś nowego do przeczytania

title = Tytuł:
venue = Miejsce:
reason = Powód:
there-begins = Początek według zegarów w miejscu posiedzenia:
there-ends = Koniec według zegarów w miejscu posiedzenia:

answer = Aby odpowiedzieć bez logowania, do początku posiedzenia:
accept = Będę
tentative = Być może będę
decline = Nie będzie mnie
unsubscribe = Aby nie otrzymywać więcej takich listów:
necessary = Takie listy są niezbędne i nie można ich wyłączyć.

page-answer =
    .title = Czy Państwo przybędą?
    .lead = Państwa odpowiedź na zaproszenie otrzymane listem:
    .accepted = Zapisano: przybędą Państwo.
    .tentative = Zapisano: być może Państwo przybędą.
    .declined = Zapisano: nie przybędą Państwo.
    .again = Do początku posiedzenia odpowiedź można tu zmienić.
page-unsubscribe =
    .title = Wyłączenie listów
    .lead = Nie będą Państwo więcej otrzymywać takich listów: { $kind }
    .button = Wyłącz
    .done = Są wyłączone. Potwierdzi to list.
page-gone =
    .title = Ten link donikąd nie prowadzi
    .lead = Został już wykorzystany, wygasł albo jest niepełny. Prosimy się zalogować, aby zrobić to, o co chodziło.
