//! Throw-away certificates of a simulator, wrong ones included.

use std::{fs, io, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;

use crate::Error;

/// What is wrong with the certificate that the simulator shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// Nothing: it names 127.0.0.1 and localhost and was signed by the authority of `ca.pem`.
    #[default]
    Good,
    /// It names another host.
    OtherName,
    /// An authority that nobody knows signed it.
    OtherAuthority,
    /// It ended in 2001.
    Expired,
}

/// Who may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clients {
    Anyone,
    /// Whoever shows the certificate of `client.pem`.
    Certified,
}

/// The authority and the acceptor of one simulator.
pub(crate) struct Tls {
    pub(crate) ca_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Tls {
    /// Makes the certificates. The authority is kept in `folder` (`ca.pem`, `ca-key.pem`), so that a client configured once still trusts the simulator
    /// after a restart.
    pub(crate) fn prepare(folder: &Path, kind: Certificate) -> Result<Self, Error> {
        Self::for_clients(folder, kind, Clients::Anyone)
    }

    /// The same, for these clients.
    pub(crate) fn for_clients(folder: &Path, kind: Certificate, clients: Clients) -> Result<Self, Error> {
        let (ca_pem, known) = authority(folder)?;
        let issuer = match kind {
            Certificate::OtherAuthority => Issuer::new(authority_params(), KeyPair::generate()?),
            _ => known,
        };
        let key = KeyPair::generate()?;
        let leaf = leaf_params(kind)?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = match clients {
            Clients::Anyone => builder.with_no_client_auth(),
            Clients::Certified => builder.with_client_cert_verifier(verifier(folder, provider)?),
        };
        let mut config = builder.with_single_cert(vec![leaf.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { ca_pem, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// Makes the client's certificate if need be (`client.pem`: itself and the intermediate authority that signed it; `client.key`) and trusts what a root of its own signed.
fn verifier(folder: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let [chain_path, key_path, root_path] =
        ["client.pem", "client.key", "client-root.pem"].map(|name| folder.join(name));
    if !chain_path.exists() {
        let root_key = KeyPair::generate()?;
        let root = authority_params().self_signed(&root_key)?;
        let middle_key = KeyPair::generate()?;
        let mut middle_params = authority_params();
        middle_params.distinguished_name.push(DnType::CommonName, "partner-sim intermediate authority");
        let middle = middle_params.signed_by(&middle_key, &Issuer::new(authority_params(), root_key))?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec!["mairie.invalid".to_owned()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = params.signed_by(&key, &Issuer::new(middle_params, middle_key))?;
        fs::write(&root_path, root.pem()).map_err(Error::file(&root_path))?;
        fs::write(&key_path, key.serialize_pem()).map_err(Error::file(&key_path))?;
        fs::write(&chain_path, leaf.pem() + &middle.pem()).map_err(Error::file(&chain_path))?;
    }
    let root =
        CertificateDer::from_pem_file(&root_path).map_err(|why| Error::file(&root_path)(io::Error::other(why)))?;
    let mut roots = RootCertStore::empty();
    roots.add(root)?;
    let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    built.map_err(|why| Error::Tls(rustls::Error::General(why.to_string())))
}

fn authority(folder: &Path) -> Result<(String, Issuer<'static, KeyPair>), Error> {
    let (pem_path, key_path) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
    if let (Ok(pem), Ok(key)) = (fs::read_to_string(&pem_path), fs::read_to_string(&key_path)) {
        return Ok((pem, Issuer::new(authority_params(), KeyPair::from_pem(&key)?)));
    }
    let key = KeyPair::generate()?;
    let pem = authority_params().self_signed(&key)?.pem();
    fs::write(&key_path, key.serialize_pem()).map_err(Error::file(&key_path))?;
    fs::write(&pem_path, &pem).map_err(Error::file(&pem_path))?;
    Ok((pem, Issuer::new(authority_params(), key)))
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "partner-sim throw-away authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(kind: Certificate) -> Result<CertificateParams, Error> {
    let names: &[&str] = match kind {
        Certificate::OtherName => &["elsewhere.invalid"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, names[0]);
    if kind == Certificate::Expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    Ok(params)
}
