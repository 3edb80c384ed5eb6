# English. Said to people of all sides: plain, short, and of neither gender.

greeting = Dear { $name },
# When something is: weekday, date and time as the language writes them, the city whose clocks are meant, the offset.
moment = { $when } ({ $place }, UTC{ $offset })
utc = { $when } (UTC)
begins = It begins:
ends = It ends:
phrase = Your phrase, by which you know a true letter:

# What a calendar entry is called.
entry = Session

invitation =
    .subject = Your invitation
    .lead = You are invited. To accept, open this link and choose a password:
    .code = If the page asks for a code, it is this one:
    .until = { PLURAL($hours) ->
        [one] Link and code can be used once, within { $hours } hour, until:
       *[other] Link and code can be used once, within { $hours } hours, until:
    }
    .close = Did you not expect an invitation? Then you need not do anything.

password-reset =
    .subject = To set a new password
    .lead = Someone, probably you, asked to set a new password for your account. To set it, open this link:
    .code = If the page asks for a code, it is this one:
    .until = { PLURAL($hours) ->
        [one] Link and code can be used once, within { $hours } hour, until:
       *[other] Link and code can be used once, within { $hours } hours, until:
    }
    .close = With the new password you will have to sign in again everywhere. If it was not you who asked, do nothing: your password stays as it is.

password-changed =
    .subject = Your password was changed
    .lead = The password of your account was changed at this time:
    .close = If it was you, there is nothing to do. If it was not, ask for a password reset at once, and tell the person who invited you.

seat-given-own =
    .subject = A seat was given to you
    .lead = You were given a seat. Sign in to see which, and who else sits there.
seat-given =
    .subject = A seat was given
    .lead = A seat was given to someone in a group that you belong to. Sign in to see who sits there now.

seat-changed-own =
    .subject = Your seat was changed
    .lead = A seat of yours was changed. Sign in to see how.
seat-changed =
    .subject = A seat was changed
    .lead = A seat was changed in a group that you belong to. Sign in to see who sits there now, and how.

seat-taken-own =
    .subject = A seat of yours was taken away
    .lead = A seat of yours was taken away, and with it what it let you read. Sign in to see which seats you hold.
seat-taken =
    .subject = A seat was taken away
    .lead = A seat was taken away in a group that you belong to. Sign in to see who sits there now.

session-scheduled =
    .subject = A session is scheduled
    .lead = A session is scheduled, and you are among those who are expected.
    .close = Sign in to see what it is about, and to say whether you will come.

sessions-scheduled =
    .subject = Sessions are scheduled
    .lead = Several sessions are scheduled, one after the other, and you are among those who are expected. These are the times of the first.
    .close = Sign in to see when the others are and what they are about, and to say to which of them you will come.

date-sought =
    .subject = A date is being sought
    .lead = A date is being sought for a session, and you are among those who would be expected.
    .close = Sign in to say which of the proposed times suit you. You can change that until one is chosen, and only you see what you said.

session-moved =
    .subject = A session was moved
    .lead = A session that you are expected at was moved.
    .was-begins = It was to begin:
    .was-ends = It was to end:
    .begins = It now begins:
    .ends = It now ends:
    .close = Sign in to see which it is, and to say whether you will come.

session-changed =
    .subject = A session was changed
    .lead = Something about a session that you are expected at was changed.
    .close = Sign in to see what has changed.

session-cancelled =
    .subject = A session was cancelled
    .lead = A session that you were expected at was cancelled.
    .begins = It would have begun:
    .ends = It would have ended:
    .close = Sign in to see which it is.

reminder =
    .subject = Reminder: a session is near
    .lead = This is to remind you of a session that you are expected at.
    .close = Sign in to see its agenda, and to say whether you will come.

silence =
    .object = To object, sign in, or open this link. It is yours alone, is good for this one thing, and does not show the text:
    .silent = If nobody objects before then, the text is adopted. Who says nothing is written down nowhere.
    .read = If nobody objects before then, the text is adopted. Sign in to read it.

silence-opened-own =
    .subject = You may object until a deadline
    .lead = A text was put under silence. You may object until:
silence-opened =
    .subject = A text is under silence
    .lead = A text was put under silence, until:

silence-ending =
    .subject = The time to object is about to end
    .lead = A text is under silence, and the time to object is about to end, at:

silence-moved =
    .subject = A deadline was moved
    .lead = Not everyone could have objected to a text that is under silence. The deadline was therefore moved, to:

silence-broken =
    .subject = Silence was broken
    .lead = Silence on a text was broken. It is not adopted.
    .close = Sign in to see which it is, and what was objected.

silence-adopted =
    .subject = A text was adopted by silence
    .lead = A text was under silence, nobody objected, and it is adopted as of:
    .close = Sign in to read it.

silence-withdrawn =
    .subject = A silence procedure was withdrawn
    .lead = A text that was under silence is so no more. It is not adopted, and is proposed as before.
    .close = Sign in to see which it is.

participation-suspended =
    .subject = A delegation suspended its participation
    .lead = A delegation has suspended its participation. Meanwhile its members post no notes, and nothing is put under silence unless it agrees. They may still object.
    .close = Sign in to see which it is.

participation-resumed =
    .subject = A delegation takes part again
    .lead = A delegation that had suspended its participation takes part again.
    .close = Sign in to see which it is.

record-circulated =
    .subject = A record was circulated
    .lead = The record of a session was circulated. Until it is put under silence you may ask for a passage to be struck or corrected; who asked is written down nowhere.
    .close = Sign in to read it.

record-issued =
    .subject = A record was issued
    .lead = The record of a session was under silence, nobody objected, and it is issued as of:
    .close = Sign in to read it.

sign-in-after-failures =
    .subject = A sign-in after tries that failed
    .lead = Someone signed in to your account with the right password, after other tries that failed.
    .close = If it was you, there is nothing to do. If it was not, ask for a password reset at once, and tell the person who invited you.

second-factor-changed =
    .subject = Your second factor was changed
    .lead = The second factor of your account was set up, replaced or removed, or one of its recovery codes was used, at this time:
    .close = If it was you, there is nothing to do. If it was not, ask for a password reset at once, and tell the person who invited you.

recovery-started-own =
    .subject = Your second factor is going to be removed
    .lead = An administrator has started to remove the second factor of your account, as is done for those who have lost theirs. From this time on your password alone will be enough to sign in:
    .close = If you did not ask for it, cancel it before then: sign in and cancel the recovery, or sign in with one of your recovery codes.
recovery-started =
    .subject = A second factor is going to be removed
    .lead = An administrator has started to remove the second factor of someone in a group in which you are a facilitator, as is done for those who have lost theirs. It takes effect at this time:
    .close = Once signed in, you see in your working group whose it is. If that person did not ask for it, they can cancel it before then.

token-made =
    .subject = An access token was made
    .lead = An access token for a program was made for your account at this time:
    .close = If it was you, there is nothing to do. If it was not, ask for a password reset at once, and tell the person who invited you.

token-expiring =
    .subject = An access token runs out
    .lead = An access token of yours, which a program uses, runs out at this time:
    .close = If it is still needed, sign in and make a new one.

address-to-confirm-own =
    .subject = To confirm a change of address
    .lead = Someone, probably you, asked to change the address of your account, to which this letter goes. To agree, sign in and enter this code:
    .until = The code can be used once, until:
    .close = The address is changed when the codes of both letters were entered. If it was not you who asked, tell the code to nobody.
address-to-confirm =
    .subject = To confirm a change of address
    .lead = Someone, probably you, asked to make this the address of an account. To agree, sign in and enter this code:
    .until = The code can be used once, until:
    .close = The address is changed when the codes of both letters were entered. If it was not you who asked, tell the code to nobody.

address-changed =
    .subject = Your address was changed
    .lead = The address of your account was changed to this one at this time:
    .close = From now on you sign in with it. If it was not you, ask for a password reset at once, and tell the person who invited you.

protection-changed =
    .subject = What protects your account was changed
    .lead = The phrase in your letters, or whether your password can be reset by mail, was changed at this time:
    .close = If it was not you, change your password at once, end your other sign-ins, and tell the person who invited you.

administration-changed =
    .subject = The administrators were changed
    .lead = Someone became an administrator, or ceased to be one, at this time:
    .close = Sign in to see in the log who did it.

item-adopted =
    .subject = A text was adopted by the chair
    .lead = The chair has adopted a text, having heard no objection.
    .close = Sign in to read it. Participants may object until the end of the session, and for at least 24 hours; after that it is final.

item-objected =
    .subject = An adoption met an objection
    .lead = A participant has objected to a text that the chair had adopted. It is not adopted.
    .close = Sign in to see which it is.

answer-missing =
    .subject = Your answer is missing
    .lead = A session is near, and you have not said yet whether you will come.
    .close = You can also sign in to answer.

notes-digest =
    .subject = There is something new to read
    .lead = There is something new to read since this time yesterday. Sign in to read it. Letters like this one go to all readers alike.

unsubscribed =
    .subject = Letters turned off
    .lead = As you asked, you will get no more letters of this kind: { $kind }
    .close = If it was not you who asked, or you change your mind, sign in to turn them on again.

address-stopped =
    .subject = Letters to somebody do not arrive
    .lead = The address of somebody in a group that you belong to has refused three letters for good. Nothing goes to it any more. Sign in to see whose it is.

# Kinds of letters that can be turned off.
kind =
    .session-scheduled = that a session is scheduled
    .sessions-scheduled = that several sessions are scheduled
    .date-sought = that a date is being sought
    .session-moved = that a session was moved or changed
    .reminder = reminders of sessions
    .answer-missing = that your answer is missing
    .notes-digest = that there is something new to read

# Only where a track's letters tell what sessions are about.
title = Title:
venue = Place:
reason = Reason:
there-begins = It begins, by the clocks of the session:
there-ends = It ends, by the clocks of the session:

# Links at the end of a letter.
answer = To answer without signing in, until the session begins:
accept = I will come
tentative = I may come
decline = I will not come
unsubscribe = To get no more letters of this kind:
necessary = Letters of this kind are necessary and cannot be turned off.

# Pages that a letter's links lead to.
page-answer =
    .title = Will you come?
    .lead = Your answer to the invitation that you got by letter:
    .accepted = Noted: you will come.
    .tentative = Noted: you may come.
    .declined = Noted: you will not come.
    .again = You can change your answer here until the session begins.
page-unsubscribe =
    .title = Turn off letters
    .lead = Letters of this kind will not be sent to you any more: { $kind }
    .button = Turn them off
    .done = They are turned off. A letter confirms it.
page-gone =
    .title = This link leads nowhere
    .lead = It was used up, has run out, or is not whole. Sign in to do what you wanted to do.
