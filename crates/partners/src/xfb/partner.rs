//! The seam, over the client: one end point, its sessions, its mails.

use std::collections::HashMap;

use async_trait::async_trait;
use scheduler_core::consignment::Identifiers;
use scheduler_core::partner::{
    self, Again, Avoid, Context, Deposit, Fault, FieldProblem, GateSpec, Hold, Partner, Phase, Point, Receipt, Session,
    Visited,
};
use scheduler_core::returned::{Completeness, Offer};
use scheduler_core::store::Sink;
use scheduler_core::trace::Entry;
use secrecy::ExposeSecret as _;
use xfb_gateway::redact::Redactor;
use xfb_gateway::{Client, Config, FieldText, FileName, Source, Upload};

use super::notices::Notices;
use super::settings::Settings;
use super::{SUBJECT, fault};
use crate::settings::unfit;
use crate::web;

/// A gateway as one profile sees it. Its connections outlive its sessions.
#[derive(Debug)]
pub(super) struct EndPoint {
    client: Client,
    gate: String,
    notices: Option<Notices>,
    points: Vec<Point>,
}

impl EndPoint {
    /// # Errors
    ///
    /// The field to blame for what the client cannot use.
    pub(super) fn new(settings: Settings) -> Result<Self, Vec<FieldProblem>> {
        let Settings { config, gate, notices } = settings;
        let field = match &config.tls {
            tls if tls.identity.is_some() => "client_certificate",
            _ => "ca",
        };
        let notices = notices.map(|settings| Notices::new(settings, secrets(&config)));
        let portal = config.portal.iter().map(|portal| ("portal_url", &portal.url));
        let addresses = std::iter::once(("base_url", &config.base_url)).chain(portal);
        let web = addresses.map(|(field, url)| web::point(field, url, config.proxy.as_ref(), &config.tls));
        let points = web.chain(notices.as_ref().and_then(Notices::point)).collect();
        let client = Client::new(config).map_err(|error| vec![unfit(field, error.code(), &error)])?;
        Ok(Self { client, gate, notices, points })
    }
}

/// What a mail must not bring into the journal (docs/protocols/xfb-gateway.md 9).
fn secrets(config: &Config) -> Redactor {
    let portal = config.portal.as_ref().map(|portal| &portal.credentials);
    let proxy = config.proxy.as_ref().and_then(|proxy| proxy.credentials.as_ref());
    let mut secrets = Redactor::new();
    for credentials in [Some(&config.credentials), portal, proxy].into_iter().flatten() {
        secrets.add_user(&credentials.user);
        secrets.add(credentials.password.expose_secret());
    }
    secrets
}

#[async_trait]
impl Partner for EndPoint {
    fn gate(&self) -> GateSpec {
        GateSpec { key: self.gate.clone() }
    }

    async fn connect(&self, context: &Context) -> Result<Box<dyn Session>, Fault> {
        context.phase(Phase::Network);
        let entered = self.client.enter(&mut |phase| context.phase(shown(phase))).await;
        match entered {
            Ok(session) => Ok(Box::new(Talk { session, offers: HashMap::new() })),
            Err(error) => Err(fault::session(&error, context.now())),
        }
    }

    async fn notices(&self) -> Result<partner::Notices, Fault> {
        match &self.notices {
            Some(notices) => notices.read().await,
            None => Ok(partner::Notices::default()),
        }
    }

    fn points(&self) -> Vec<Point> {
        self.points.clone()
    }

    /// The gateway, then the mailbox of its notices.
    async fn visit(&self, context: &Context, avoid: Avoid<'_>) -> Vec<Visited> {
        let mut visited = Vec::new();
        if !["base_url", "portal_url"].iter().any(|field| avoid.is_broken(field)) {
            let done = match self.connect(context).await {
                Ok(session) => {
                    session.close(context).await;
                    Ok(())
                }
                Err(fault) => Err(fault),
            };
            visited.push(Visited { field: Some("base_url"), done });
        }
        let refused = |row: &Visited| row.done.as_ref().is_err_and(|fault| fault.again == Again::AfterOperator);
        let left = visited.iter().any(refused) || avoid.notices || avoid.is_broken("notices_server");
        if let (false, Some(notices)) = (left, &self.notices)
            && let Some(done) = notices.visit().await
        {
            visited.push(Visited { field: Some("notices_server"), done });
        }
        visited
    }

    fn notices_place(&self) -> Option<String> {
        self.notices.as_ref().map(|notices| notices.place().to_owned())
    }
}

fn shown(phase: xfb_gateway::Phase) -> Phase {
    match phase {
        xfb_gateway::Phase::Portal => Phase::Portal,
        xfb_gateway::Phase::GatewayLogOut | xfb_gateway::Phase::PortalLogOut => Phase::Disconnect,
        _ => Phase::Gateway,
    }
}

/// An open session.
#[derive(Debug)]
struct Talk {
    session: xfb_gateway::Session,
    /// What was listed, by key: the client knows where each file is.
    offers: HashMap<String, xfb_gateway::Offer>,
}

#[async_trait]
impl Session for Talk {
    /// The client awaits the commit point once, before the piece that ends the file and the body (docs/protocols/xfb-gateway.md 4.5).
    async fn deposit(&mut self, deposit: Deposit<'_>, hold: &Hold<'_>) -> Result<Receipt, Fault> {
        let context = hold.context();
        let size = deposit.consignment.facts.size;
        let told = |error: xfb_gateway::Error| fault::deposit(&error, hold.has_crossed(), context.now());
        let upload = upload(&deposit).map_err(told)?;
        let mut progress = |sent| context.progress(sent, Some(size));
        let receipt = self.session.upload(upload, hold.commit_point(), &mut progress).await.map_err(told)?;
        Ok(Receipt { identifiers: Identifiers::new(), words: Some(crate::fault::bounded(&receipt.words)) })
    }

    async fn offers(&mut self, context: &Context) -> Result<Vec<Offer>, Fault> {
        let listed = self.session.list().await.map_err(|error| fault::session(&error, context.now()))?;
        let seen = |offer: &xfb_gateway::Offer| Offer {
            key: offer.local_ident.to_string(),
            name: offer.name.to_string(),
            size: offer.size,
            consuming: true,
        };
        let offers = listed.iter().map(seen).collect();
        self.offers = listed.into_iter().map(|offer| (offer.local_ident.to_string(), offer)).collect();
        Ok(offers)
    }

    async fn collect(&mut self, offer: &Offer, sink: &mut Sink, context: &Context) -> Result<Completeness, Fault> {
        let Some(listed) = self.offers.get(&offer.key) else {
            return Err(Fault::session("xfb-bug", "an offer that was not listed".to_owned()));
        };
        let told = |error: xfb_gateway::Error| fault::collect(&error, context.now());
        let mut download = self.session.download(listed).await.map_err(told)?;
        let total = download.announced().or(offer.size);
        while let Some(bytes) = download.chunk().await.map_err(told)? {
            sink.write(&bytes).await.map_err(|error| fault::sink(&error))?;
            context.progress(sink.size(), total);
        }
        // A listing that announced another size casts doubt on any proof: the content must tell.
        let as_listed = offer.size.is_none_or(|size| size == sink.size());
        Ok(match download.completeness() {
            Some(xfb_gateway::Completeness::Proven) if as_listed => Completeness::Proven,
            _ => Completeness::Unproven,
        })
    }

    async fn close(self: Box<Self>, context: &Context) {
        for error in self.session.close(&mut |_| {}).await {
            let why = fault::session(&error, context.now()).why();
            context.trace(Entry::Failed { why, until: None });
        }
    }
}

fn upload(deposit: &Deposit<'_>) -> xfb_gateway::Result<Upload> {
    let name = FileName::try_from(deposit.consignment.facts.name.as_str())?;
    let mut upload = Upload::new(name, Source::Path(deposit.path.clone()));
    let value = |field: &str| deposit.scenario.fields.text(field).filter(|text| !text.is_empty());
    let typed = |field: &str| value(field).map(FieldText::try_from).transpose();
    upload.destination = typed("destination")?;
    upload.application = typed("application")?;
    upload.subject = Some(FieldText::try_from(value("subject").unwrap_or(SUBJECT))?);
    upload.parm_cft = typed("parm_cft")?;
    Ok(upload)
}
