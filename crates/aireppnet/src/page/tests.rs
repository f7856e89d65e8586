use proptest::prelude::*;

use super::*;

fn url() -> Url {
    Url::parse("https://ec.example/depot/accueil?x=1").unwrap()
}

fn profile() -> Profile {
    let mut profile = Profile::default();
    profile.result.received = vec!["Bien arrivé".into()];
    profile.result.refused = vec!["Hors délai".into()];
    profile.session.ended = vec!["Fin de session".into()];
    profile
}

#[test]
fn results_are_told_apart() {
    use Verdict::*;
    for (status, html, expected) in [
        (200, "<h1>Accusé de dépôt</h1>", Received),
        (200, "<title>Fichier  RECU", Received),
        (201, "<h2>Bien arrive</h2>", Received),
        (200, "<p>Accusé de dépôt", Unknown),
        (200, "<title>Accusé de dépôt</title><h1>Fichier refusé</h1>", Refused),
        (200, "<h1>Dépôt impossible</h1> service momentanément indisponible", RefusedForNow),
        (200, "<h1>Hors délai</h1>", Refused),
        (200, "<h1>Veuillez réessayer</h1>", Unknown),
        (200, "<h1>Session expirée</h1>", SessionEnded),
        (200, "<h1>Fin de session", SessionEnded),
        (200, "<h1>Accusé de dépôt</h1><form><input type=password name=p></form>", SessionEnded),
        (200, "", Unknown),
        (302, "<h1>Accusé de dépôt</h1>", Unknown),
        (401, "", SessionEnded),
        (403, "<h1>Accusé de dépôt</h1>", SessionEnded),
        (404, "", Refused),
        (413, "<h1>Accusé de dépôt</h1>", Refused),
        (408, "", Unknown),
        (425, "", Unknown),
        (429, "", RefusedForNow),
        (500, "<h1>Fichier refusé</h1>", Unknown),
        (502, "", Unknown),
        (503, "<h1>Accusé de dépôt</h1>", RefusedForNow),
    ] {
        assert_eq!(Verdict::of(status, &Page::read(html), &profile()), expected, "{status} {html}");
    }
}

#[test]
fn pages_of_a_session_are_told_apart() {
    use State::*;
    let form = "<form><input name=u><input type=password name=p></form>";
    for (status, html, expected) in [
        (200, "<h1>Bienvenue</h1>".to_owned(), Inside),
        (200, form.to_owned(), Outside),
        (200, format!("<h1>Connexion refusée</h1>{form}"), LogInRefused),
        (200, "<title>Session terminée".to_owned(), Outside),
        (200, "<h1>Service momentanément fermé".to_owned(), Later),
        (401, String::new(), LogInRefused),
        (403, form.to_owned(), LogInRefused),
        (503, form.to_owned(), Later),
        (404, String::new(), Refused),
        (500, form.to_owned(), Failed),
        (302, String::new(), Refused),
    ] {
        assert_eq!(State::of(status, &Page::read(&html), &profile()), expected, "{status} {html}");
    }
    let mut named = profile();
    named.log_in.password = Some("secret".into());
    assert_eq!(State::of(200, &Page::read("<form><input name=secret>"), &named), Outside);
}

#[test]
fn the_form_is_filled_as_a_browser_would() {
    let page = Page::read(
        "<form action=recherche><input name=q></form><form method=post action='../envoi?s=1'><input type=hidden name=jeton value=t>
         <select name=type><option value=A>a<option value=B selected>b</select><input type=file name=autre><input type=file name=fichier>
         <input type=submit name=ok value=Envoyer><input type=submit name=non value=Non></form>",
    );
    let deposit = Deposit::find(&page, &url(), &Profile::default()).unwrap();
    assert_eq!(deposit.action.unwrap().as_str(), "https://ec.example/envoi?s=1");
    assert_eq!(deposit.file, "autre");
    let mut profile = Profile::default();
    profile.deposit.file = Some("fichier".into());
    profile.deposit.fields = [("type".to_owned(), "EC".to_owned())].into();
    let deposit = Deposit::find(&page, &url(), &profile).unwrap();
    let fields: Vec<_> = deposit.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    insta::assert_snapshot!(format!("{} {}", deposit.file, fields.join("&")), @"fichier jeton=t&type=EC&ok=Envoyer");
}

#[test]
fn what_is_missing_is_named() {
    let page = Page::read("<form><input name=a><input type=password name=p><input type=file name=f></form>");
    let mut profile = Profile::default();
    profile.deposit.fields = [("type".to_owned(), "EC".to_owned())].into();
    let why = Deposit::find(&page, &url(), &profile).unwrap_err().to_string();
    insta::assert_snapshot!(why, @"no form of the page has an input for type; there are: a, p, f");
    let why = Deposit::find(&Page::read("<form><input name=a>"), &url(), &Profile::default()).unwrap_err().to_string();
    insta::assert_snapshot!(why, @"no form of the page has an input for a file; there are: a");
    let away = Page::read("<form action=http://evil/><input type=file name=f></form>");
    assert_eq!(Deposit::find(&away, &url(), &Profile::default()).unwrap().action, None);
}

#[test]
fn ways_lead_on_and_out() {
    let page = Page::read(
        "<a href=http://evil/>Déposer</a><a href=depot>Déposer un fichier</a><a href=/sortie>Se d&eacute;connecter</a>",
    );
    assert_eq!(deposit_page(&page, &url(), &Profile::default()).unwrap().as_str(), "https://ec.example/depot/depot");
    assert_eq!(log_out(&page, &url(), &Profile::default()).unwrap().as_str(), "https://ec.example/sortie");
    let own = Page::read("<form method=post><input type=file name=f></form>");
    assert_eq!(deposit_page(&own, &url(), &Profile::default()).unwrap(), url());
    assert_eq!(deposit_page(&Page::read("<h1>x"), &url(), &Profile::default()), None);
}

#[test]
fn a_receipts_number_is_read() {
    let mut other = Profile::default();
    other.result.reference = Some("Récépissé n°".into());
    for (html, profile, expected) in [
        ("<p>Numéro de dépôt : EC-000123</p><p>Taille : 4", Profile::default(), Some("EC-000123")),
        ("<td>NUMERO DE DEPOT<td>:<td>12", Profile::default(), Some("12")),
        ("<p>Récépissé n° 7/8 du jour", other, Some("7/8")),
        ("<p>Numéro de dépôt", Profile::default(), None),
        ("<p>Numéro : 3", Profile::default(), None),
    ] {
        assert_eq!(reference(&Page::read(html), &profile).as_deref(), expected, "{html}");
    }
    let long = Page::read(&format!("<p>Numéro de dépôt {}", "é".repeat(500)));
    assert_eq!(reference(&long, &Profile::default()).unwrap().chars().count(), MAX_REFERENCE);
}

proptest! {
    #[test]
    fn no_page_makes_a_reader_fail(
        soup in proptest::collection::vec("<(/?)(a|form|input|select|option|title|h1|p)( (href|name|type|value|action|method)=?[\"']?(file|hidden|password|x|f|http://h/)?[\"']?){0,3}>?|Numéro de dépôt :|Accusé de dépôt|[a-z é&;<]{0,8}", 0..40),
        status in 100..600_u16) {
        let page = Page::read(&soup.concat());
        if let Ok(deposit) = Deposit::find(&page, &url(), &profile()) {
            prop_assert!(deposit.action.is_none_or(|action| action.origin() == url().origin()));
            prop_assert!(deposit.fields.iter().all(|(name, _)| *name != deposit.file));
        }
        let _ = (deposit_page(&page, &url(), &profile()), log_out(&page, &url(), &profile()), reference(&page, &profile()));
        let _ = State::of(status, &page, &profile());
        if Verdict::of(status, &page, &profile()) == Verdict::Received {
            prop_assert!((200..300).contains(&status));
        }
    }
}
