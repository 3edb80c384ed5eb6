//! The words of the page on which one objects with a link, in every language that it speaks.

/// The page's words in one language.
pub struct Words {
    /// BCP 47 primary tag.
    pub language: &'static str,
    /// Each by the name that the page knows it by.
    pub texts: &'static [(&'static str, &'static str)],
}

/// Every language of the page. The first is for whoever asks for none of them.
pub const LANGUAGES: [Words; 5] = [
    Words {
        language: "en",
        texts: &[
            ("title", "Object to a text under silence"),
            (
                "intro",
                "Here you object to the one text that the mail was about. This page does nothing else and does not show the text: sign in to read it.",
            ),
            ("ground", "On what ground?"),
            ("SUBSTANCE", "Against what the text says"),
            ("LINKAGE", "It ties this dialogue to another matter"),
            ("PROCEDURE", "Against deciding this by silence at all"),
            ("statement", "Your objection, in writing"),
            ("amendment", "Wording that you could accept instead (may stay empty)"),
            (
                "named",
                "Facilitators are told who objected. Others are told only where this part of the meeting is under names.",
            ),
            ("send", "Object"),
            ("done_title", "Your objection was taken"),
            ("done", "All who see the text are told now that silence was broken. You can close this page."),
            ("no_ground", "Choose a ground. Nothing was stored yet."),
            (
                "statement_wrong",
                "The objection may not be empty, has at most 10,000 characters, and no control characters. Nothing was stored yet.",
            ),
            (
                "amendment_wrong",
                "The wording has at most 10,000 characters, and no control characters. Nothing was stored yet.",
            ),
            ("over", "It is too late: the deadline has passed, or the procedure was withdrawn. Nothing was stored."),
            ("bad_link", "This link is not good, or not any more. Nothing was stored. Sign in to object."),
            ("away", "The server could not take it at this moment. Send it again at once."),
        ],
    },
    Words {
        language: "be",
        texts: &[
            ("title", "Запярэчыць тэксту пад маўчаннем"),
            (
                "intro",
                "Тут Вы пярэчыце аднаму тэксту, пра які быў ліст. Больш нічога гэтая старонка не робіць і тэксту не паказвае: увайдзіце, каб яго прачытаць.",
            ),
            ("ground", "На якой падставе?"),
            ("SUBSTANCE", "Супраць таго, што сказана ў тэксце"),
            ("LINKAGE", "Ён звязвае гэты дыялог з іншай справай"),
            ("PROCEDURE", "Супраць таго, каб вырашаць гэта маўчаннем"),
            ("statement", "Ваша пярэчанне, пісьмова"),
            ("amendment", "Фармулёўка, на якую Вы маглі б пагадзіцца (можна пакінуць пустым)"),
            (
                "named",
                "Хто запярэчыў, ведаюць фасілітатары. Іншыя — толькі там, дзе гэтая частка сустрэчы ідзе пад імёнамі.",
            ),
            ("send", "Запярэчыць"),
            ("done_title", "Ваша пярэчанне прынята"),
            ("done", "Усім, хто бачыць тэкст, зараз паведамляецца, што маўчанне перарвана. Старонку можна закрыць."),
            ("no_ground", "Выберыце падставу. Пакуль нічога не захавана."),
            (
                "statement_wrong",
                "Пярэчанне не можа быць пустым, мае не больш за 10 000 знакаў і не ўтрымлівае кіравальных знакаў. Пакуль нічога не захавана.",
            ),
            (
                "amendment_wrong",
                "Фармулёўка мае не больш за 10 000 знакаў і не ўтрымлівае кіравальных знакаў. Пакуль нічога не захавана.",
            ),
            ("over", "Запозна: тэрмін мінуў або працэдура адклікана. Нічога не захавана."),
            (
                "bad_link",
                "Гэтая спасылка не дзейнічае або больш не дзейнічае. Нічога не захавана. Каб запярэчыць, увайдзіце.",
            ),
            ("away", "Сервер зараз не змог гэтага прыняць. Адпраўце яшчэ раз адразу."),
        ],
    },
    Words {
        language: "ru",
        texts: &[
            ("title", "Возразить против текста под молчанием"),
            (
                "intro",
                "Здесь Вы возражаете против одного текста, о котором было письмо. Больше эта страница ничего не делает и текста не показывает: войдите, чтобы его прочитать.",
            ),
            ("ground", "На каком основании?"),
            ("SUBSTANCE", "Против того, что сказано в тексте"),
            ("LINKAGE", "Он связывает этот диалог с другим делом"),
            ("PROCEDURE", "Против того, чтобы решать это молчанием"),
            ("statement", "Ваше возражение, письменно"),
            ("amendment", "Формулировка, на которую Вы могли бы согласиться (можно оставить пустым)"),
            ("named", "Кто возразил, знают фасилитаторы. Другие — только там, где эта часть встречи идёт под именами."),
            ("send", "Возразить"),
            ("done_title", "Ваше возражение принято"),
            ("done", "Всем, кто видит текст, сейчас сообщается, что молчание прервано. Страницу можно закрыть."),
            ("no_ground", "Выберите основание. Пока ничего не сохранено."),
            (
                "statement_wrong",
                "Возражение не может быть пустым, содержит не более 10 000 знаков и не содержит управляющих знаков. Пока ничего не сохранено.",
            ),
            (
                "amendment_wrong",
                "Формулировка содержит не более 10 000 знаков и не содержит управляющих знаков. Пока ничего не сохранено.",
            ),
            ("over", "Слишком поздно: срок истёк или процедура отозвана. Ничего не сохранено."),
            (
                "bad_link",
                "Эта ссылка не действует или больше не действует. Ничего не сохранено. Чтобы возразить, войдите.",
            ),
            ("away", "Сервер сейчас не смог этого принять. Отправьте ещё раз сразу."),
        ],
    },
    Words {
        language: "pl",
        texts: &[
            ("title", "Sprzeciw wobec tekstu w procedurze milczącej"),
            (
                "intro",
                "Tutaj zgłaszasz sprzeciw wobec jednego tekstu, o którym była wiadomość. Ta strona nie robi nic innego i nie pokazuje tekstu: zaloguj się, aby go przeczytać.",
            ),
            ("ground", "Na jakiej podstawie?"),
            ("SUBSTANCE", "Przeciw temu, co mówi tekst"),
            ("LINKAGE", "Wiąże ten dialog z inną sprawą"),
            ("PROCEDURE", "Przeciw rozstrzyganiu tego przez milczenie"),
            ("statement", "Twój sprzeciw, na piśmie"),
            ("amendment", "Brzmienie, które można by przyjąć zamiast tego (może pozostać puste)"),
            (
                "named",
                "Kto zgłosił sprzeciw, wiedzą facylitatorzy. Inni tylko tam, gdzie ta część spotkania odbywa się pod nazwiskami.",
            ),
            ("send", "Zgłoś sprzeciw"),
            ("done_title", "Sprzeciw został przyjęty"),
            (
                "done",
                "Wszyscy, którzy widzą tekst, są teraz informowani, że milczenie zostało przerwane. Można zamknąć tę stronę.",
            ),
            ("no_ground", "Wybierz podstawę. Niczego jeszcze nie zapisano."),
            (
                "statement_wrong",
                "Sprzeciw nie może być pusty, ma najwyżej 10 000 znaków i nie zawiera znaków sterujących. Niczego jeszcze nie zapisano.",
            ),
            (
                "amendment_wrong",
                "Brzmienie ma najwyżej 10 000 znaków i nie zawiera znaków sterujących. Niczego jeszcze nie zapisano.",
            ),
            ("over", "Za późno: termin minął albo procedura została wycofana. Niczego nie zapisano."),
            (
                "bad_link",
                "Ten odnośnik nie działa albo już nie działa. Niczego nie zapisano. Aby zgłosić sprzeciw, zaloguj się.",
            ),
            ("away", "Serwer nie mógł tego teraz przyjąć. Wyślij od razu ponownie."),
        ],
    },
    Words {
        language: "lt",
        texts: &[
            ("title", "Prieštarauti tekstui tylos procedūroje"),
            (
                "intro",
                "Čia prieštaraujate vienam tekstui, apie kurį buvo laiškas. Daugiau šis puslapis nieko nedaro ir teksto nerodo: prisijunkite, kad jį perskaitytumėte.",
            ),
            ("ground", "Kokiu pagrindu?"),
            ("SUBSTANCE", "Prieš tai, kas tekste sakoma"),
            ("LINKAGE", "Jis sieja šį dialogą su kitu klausimu"),
            ("PROCEDURE", "Prieš tai, kad tai būtų sprendžiama tyla"),
            ("statement", "Jūsų prieštaravimas raštu"),
            ("amendment", "Formuluotė, kuriai galėtumėte pritarti (galima palikti tuščią)"),
            (
                "named",
                "Kas prieštaravo, žino fasilitatoriai. Kiti – tik ten, kur ši susitikimo dalis vyksta su vardais.",
            ),
            ("send", "Prieštarauti"),
            ("done_title", "Jūsų prieštaravimas priimtas"),
            ("done", "Visiems, kas mato tekstą, dabar pranešama, kad tyla nutraukta. Puslapį galite užverti."),
            ("no_ground", "Pasirinkite pagrindą. Kol kas nieko neįrašyta."),
            (
                "statement_wrong",
                "Prieštaravimas negali būti tuščias, jame ne daugiau kaip 10 000 ženklų ir nėra valdymo ženklų. Kol kas nieko neįrašyta.",
            ),
            (
                "amendment_wrong",
                "Formuluotėje ne daugiau kaip 10 000 ženklų ir nėra valdymo ženklų. Kol kas nieko neįrašyta.",
            ),
            ("over", "Per vėlu: terminas praėjo arba procedūra atšaukta. Nieko neįrašyta."),
            (
                "bad_link",
                "Ši nuoroda negalioja arba nebegalioja. Nieko neįrašyta. Norėdami prieštarauti, prisijunkite.",
            ),
            ("away", "Serveris šiuo metu negalėjo to priimti. Siųskite iš karto dar kartą."),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_word() {
        let names = |words: &Words| words.texts.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        for words in &LANGUAGES {
            assert_eq!(names(words), names(&LANGUAGES[0]), "{}", words.language);
            assert!(words.texts.iter().all(|(_, text)| !text.is_empty()));
        }
    }
}
