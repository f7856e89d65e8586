//! The sentences of `check --online`: code, what happened, what to do.

pub(super) const FR: &[(&str, &str, &str)] = &[
    // Names and connections
    (
        "online-name-unknown",
        "Ce nom de serveur n'existe pas, ou le serveur de noms de cette machine ne le connaît pas.",
        "Relisez l'adresse. Si elle n'existe que dans un tunnel ou un réseau privé, vérifiez que cette machine y est raccordée, avec son serveur de noms.",
    ),
    (
        "online-name-unanswered",
        "Le serveur de noms (DNS) ne répond pas.",
        "Vérifiez le réseau de cette machine et son serveur de noms (Linux : resolvectl status).",
    ),
    (
        "online-connection-refused",
        "Le serveur refuse la connexion : rien n'écoute sur ce port.",
        "Relisez le port. S'il est bon, le service du partenaire est arrêté : réessayez plus tard, ou appelez-le.",
    ),
    (
        "online-connection-timed-out",
        "Personne n'a répondu à temps.",
        "Demandez à qui tient le pare-feu d'ouvrir cette adresse et ce port en sortie. S'ils le sont, le serveur est arrêté, ou son tunnel n'est pas levé.",
    ),
    (
        "online-no-route",
        "Aucune route ne mène à cette adresse.",
        "Vérifiez le réseau de cette machine, et que le tunnel éventuel est levé.",
    ),
    (
        "online-not-connected",
        "La connexion a échoué.",
        "Vérifiez le réseau de cette machine, puis l'adresse et le port.",
    ),
    (
        "online-some-addresses",
        "Le nom a plusieurs adresses, et certaines ne répondent pas.",
        "Signalez-les à qui tient le réseau, ou au partenaire : le port doit être ouvert vers chacune.",
    ),
    // Proxies
    (
        "online-proxy-asks-password",
        "Le proxy demande un identifiant et un mot de passe.",
        "Ajoutez proxy_user au profil, puis tapez : taskctl secret set PROFIL.CANAL.proxy_password",
    ),
    (
        "online-proxy-refuses-password",
        "Le proxy refuse l'identifiant ou le mot de passe.",
        "Vérifiez proxy_user, puis tapez de nouveau : taskctl secret set PROFIL.CANAL.proxy_password",
    ),
    (
        "online-proxy-refuses",
        "Le proxy refuse de mener à ce serveur.",
        "Demandez à qui tient le proxy d'autoriser ce serveur et ce port (méthode CONNECT).",
    ),
    (
        "online-proxy-cannot-reach",
        "Le proxy répond, mais n'arrive pas lui-même à joindre ce serveur.",
        "Réessayez plus tard ; si cela dure, demandez à qui tient le proxy s'il joint ce nom et ce port.",
    ),
    (
        "online-not-a-proxy",
        "Ce qui répond à l'adresse du proxy ne se conduit pas comme un proxy.",
        "Relisez l'adresse et le port de proxy.",
    ),
    // Mail servers
    (
        "online-no-greeting",
        "Le serveur de messagerie ne salue pas comme son protocole le veut.",
        "Relisez le port. Si le serveur chiffre dès le premier octet (465, 993, 995), écrivez \"tls\" dans security, mailbox_security ou notices_security.",
    ),
    (
        "online-no-starttls",
        "Le serveur de messagerie refuse de chiffrer la connexion.",
        "Relisez le port, ou écrivez \"tls\" dans security, mailbox_security ou notices_security avec le port chiffré du serveur (465, 993, 995).",
    ),
    // TLS
    (
        "online-tls-timed-out",
        "Le serveur a pris la connexion, puis n'a plus rien dit.",
        "Vérifiez le port. S'il est bon, un pare-feu retient sans doute les échanges chiffrés : voyez avec qui le tient.",
    ),
    (
        "online-tls-cut",
        "La connexion a été coupée pendant la mise en place du chiffrement.",
        "Un pare-feu qui inspecte les échanges fait cela : demandez-lui d'épargner ce serveur. Sinon, réessayez plus tard.",
    ),
    ("online-not-tls", "Ce qui répond sur ce port ne parle pas TLS.", "Relisez l'adresse et le port."),
    (
        "online-tls-too-old",
        "Le serveur ne parle aucune version de TLS sûre (1.2 ou 1.3), ou aucun chiffrement en commun.",
        "Demandez au partenaire une adresse en TLS 1.2 ou 1.3.",
    ),
    (
        "online-own-certificate-refused",
        "Le serveur demande un certificat de la collectivité, ou refuse celui qu'il reçoit.",
        "Écrivez client_certificate et client_key dans le profil, ou demandez au partenaire lequel il attend.",
    ),
    (
        "online-certificate-expired",
        "Un certificat du serveur a expiré.",
        "Vérifiez l'horloge de cette machine. Si elle est juste, le partenaire doit renouveler son certificat : appelez-le.",
    ),
    (
        "online-certificate-too-early",
        "Un certificat du serveur n'est pas encore valide.",
        "Vérifiez l'horloge de cette machine. Si elle est juste, appelez le partenaire.",
    ),
    (
        "online-certificate-name",
        "Le certificat du serveur n'est pas à ce nom.",
        "Écrivez l'adresse avec un nom que porte le certificat. Si aucun n'est celui du partenaire, un autre répond à sa place : appelez-le avant d'envoyer quoi que ce soit.",
    ),
    (
        "online-unknown-authority",
        "Le certificat du serveur est signé par une autorité à laquelle cette machine ne fait pas confiance.",
        "Si c'est celle du partenaire, obtenez de lui son certificat (PEM) et écrivez dans le profil : ca = 'autorite.pem'. Si c'est votre pare-feu, demandez-lui de ne pas inspecter ce serveur.",
    ),
    (
        "online-certificate-of-authority",
        "Le serveur se présente avec un certificat d'autorité, le plus souvent signé par lui-même : ce n'est pas un certificat de serveur.",
        "Le partenaire doit installer un certificat de serveur, signé par une autorité : demandez-le-lui. Écrire « ca » n'y change rien.",
    ),
    (
        "online-certificate-refused",
        "Le certificat du serveur ne peut pas être accepté.",
        "Signalez au partenaire ce qui est cité.",
    ),
    ("online-tls-failed", "Le chiffrement n'a pas pu être établi.", "Signalez au partenaire ce qui est cité."),
    (
        "online-trust-unusable",
        "Les autorités de confiance, ou le certificat de la collectivité, ne peuvent pas être utilisés.",
        "Vérifiez ca, client_certificate et client_key dans le profil ; sans ca, installez les autorités du système (paquet ca-certificates).",
    ),
    (
        "online-certificate-soon",
        "Un certificat du serveur va bientôt expirer.",
        "Le partenaire doit le renouveler : signalez-le-lui si la date approche.",
    ),
    (
        "online-own-certificate-soon",
        "Le certificat de la collectivité va bientôt expirer, ou l'est déjà.",
        "Demandez-en un nouveau dès maintenant, puis changez client_certificate et client_key.",
    ),
    (
        "online-authority-soon",
        "Une autorité écrite dans ca va bientôt expirer, ou l'est déjà.",
        "Demandez au partenaire la nouvelle, et ajoutez-la au fichier.",
    ),
    // Logging in
    ("online-log-in-failed", "L'identification a échoué.", "Voyez ce qui est cité, puis la trace : taskctl log."),
    (
        "online-log-in-timed-out",
        "L'identification a pris plus de deux minutes.",
        "Le serveur est sans doute chargé : réessayez plus tard.",
    ),
    (
        "online-log-in-station-runs",
        "La station est en service : elle seule parle au partenaire.",
        "Voyez comment elle s'en trouve : taskctl status.",
    ),
    (
        "online-log-in-station-unreadable",
        "Le verrou ou le journal de la station ne peut pas être lu.",
        "Lancez cette commande avec le compte de taskctl.",
    ),
    (
        "online-log-in-suspended",
        "Le mot de passe a été refusé à la date citée et n'a pas changé depuis : il n'est pas essayé de nouveau.",
        "Enregistrez d'abord le bon mot de passe : taskctl secret set PROFIL.CANAL. Si la cause était ailleurs et n'est plus : taskctl resume --profile PROFIL.",
    ),
    (
        "online-mailbox-suspended",
        "Le mot de passe de la boîte aux lettres a été refusé à la date citée et n'a pas changé depuis : il n'y est pas essayé de nouveau.",
        "Enregistrez d'abord le bon mot de passe : taskctl secret set. Si la cause était ailleurs et n'est plus : taskctl resume --profile PROFIL.",
    ),
    ("online-log-in-rests", "Le partenaire est laissé en paix jusqu'à l'heure citée.", "Réessayez après."),
    (
        "online-log-in-paced",
        "Le dernier échange est trop récent ; le délai du partenaire court jusqu'à l'heure citée.",
        "Réessayez après.",
    ),
    ("online-log-in-unreached", "Le partenaire n'a pas pu être joint.", "Corrigez d'abord ce qui l'empêche."),
];

pub(super) const EN: &[(&str, &str, &str)] = &[
    // Names and connections
    (
        "online-name-unknown",
        "No server has this name, or this machine's name server does not know it.",
        "Read the address again. If it exists only inside a tunnel or a private network, check that this machine is on it, with its name server.",
    ),
    (
        "online-name-unanswered",
        "The name server (DNS) does not answer.",
        "Check this machine's network and its name server (Linux: resolvectl status).",
    ),
    (
        "online-connection-refused",
        "The server refuses the connection: nothing listens on this port.",
        "Read the port again. If it is right, the partner's service is down: try later, or call them.",
    ),
    (
        "online-connection-timed-out",
        "Nobody answered in time.",
        "Ask whoever keeps the firewall to open this address and port outwards. If they are, the server is down, or its tunnel is.",
    ),
    (
        "online-no-route",
        "No route leads to this address.",
        "Check this machine's network, and that the tunnel, if any, is up.",
    ),
    ("online-not-connected", "The connection failed.", "Check this machine's network, then the address and the port."),
    (
        "online-some-addresses",
        "The name has several addresses, and some do not answer.",
        "Tell whoever keeps the network, or the partner: the port must be open towards each.",
    ),
    // Proxies
    (
        "online-proxy-asks-password",
        "The proxy asks for a user and a password.",
        "Add proxy_user to the profile, then type: taskctl secret set PROFILE.CHANNEL.proxy_password",
    ),
    (
        "online-proxy-refuses-password",
        "The proxy refuses the user or the password.",
        "Check proxy_user, then type again: taskctl secret set PROFILE.CHANNEL.proxy_password",
    ),
    (
        "online-proxy-refuses",
        "The proxy refuses to lead to this server.",
        "Ask whoever keeps the proxy to allow this server and port (method CONNECT).",
    ),
    (
        "online-proxy-cannot-reach",
        "The proxy answers, but cannot reach this server itself.",
        "Try later; if it lasts, ask whoever keeps the proxy whether it reaches this name and port.",
    ),
    (
        "online-not-a-proxy",
        "What answers at the proxy's address does not behave like a proxy.",
        "Read the address and the port of proxy again.",
    ),
    // Mail servers
    (
        "online-no-greeting",
        "The mail server does not greet as its protocol wants.",
        "Read the port again. If the server encrypts from the first byte (465, 993, 995), write \"tls\" in security, mailbox_security or notices_security.",
    ),
    (
        "online-no-starttls",
        "The mail server refuses to encrypt the connection.",
        "Read the port again, or write \"tls\" in security, mailbox_security or notices_security with the server's encrypted port (465, 993, 995).",
    ),
    // TLS
    (
        "online-tls-timed-out",
        "The server took the connection, then said nothing more.",
        "Check the port. If it is right, a firewall probably holds encrypted exchanges back: see whoever keeps it.",
    ),
    (
        "online-tls-cut",
        "The connection was cut while encryption was being set up.",
        "A firewall that inspects exchanges does this: ask for this server to be spared. Otherwise, try later.",
    ),
    ("online-not-tls", "What answers on this port does not speak TLS.", "Read the address and the port again."),
    (
        "online-tls-too-old",
        "The server speaks no safe version of TLS (1.2 or 1.3), or no cipher in common.",
        "Ask the partner for an address in TLS 1.2 or 1.3.",
    ),
    (
        "online-own-certificate-refused",
        "The server asks for a certificate of ours, or refuses the one it is shown.",
        "Write client_certificate and client_key in the profile, or ask the partner which one it expects.",
    ),
    (
        "online-certificate-expired",
        "A certificate of the server has expired.",
        "Check this machine's clock. If it is right, the partner must renew its certificate: call them.",
    ),
    (
        "online-certificate-too-early",
        "A certificate of the server is not valid yet.",
        "Check this machine's clock. If it is right, call the partner.",
    ),
    (
        "online-certificate-name",
        "The server's certificate does not bear this name.",
        "Write the address with a name that the certificate bears. If none is the partner's, somebody else answers in its place: call them before sending anything.",
    ),
    (
        "online-unknown-authority",
        "An authority that this machine does not trust signed the server's certificate.",
        "If it is the partner's, get its certificate (PEM) from them and write in the profile: ca = 'authority.pem'. If it is your firewall, ask for this server not to be inspected.",
    ),
    (
        "online-certificate-of-authority",
        "The server shows the certificate of an authority, most often signed by itself: it is no certificate of a server.",
        "The partner must install a server's certificate, signed by an authority: ask for it. Writing ca changes nothing.",
    ),
    (
        "online-certificate-refused",
        "The server's certificate cannot be accepted.",
        "Report what is quoted to the partner.",
    ),
    ("online-tls-failed", "Encryption could not be set up.", "Report what is quoted to the partner."),
    (
        "online-trust-unusable",
        "The trusted authorities, or our certificate, cannot be used.",
        "Check ca, client_certificate and client_key in the profile; without ca, install the system's authorities (package ca-certificates).",
    ),
    (
        "online-certificate-soon",
        "A certificate of the server is about to expire.",
        "The partner must renew it: tell them if the date comes close.",
    ),
    (
        "online-own-certificate-soon",
        "Our certificate is about to expire, or has expired.",
        "Ask for a new one now, then change client_certificate and client_key.",
    ),
    (
        "online-authority-soon",
        "An authority of ca is about to expire, or has expired.",
        "Ask the partner for the new one, and add it to the file.",
    ),
    // Logging in
    ("online-log-in-failed", "Logging in failed.", "See what is quoted, then the trace: taskctl log."),
    ("online-log-in-timed-out", "Logging in took more than two minutes.", "The server is probably busy: try later."),
    (
        "online-log-in-station-runs",
        "The station is at work: it alone talks to the partner.",
        "See how it fares: taskctl status.",
    ),
    (
        "online-log-in-station-unreadable",
        "The station's lock or journal cannot be read.",
        "Run this command under taskctl's account.",
    ),
    (
        "online-log-in-suspended",
        "The password was refused on the date quoted and has not changed since: it is not tried again.",
        "Store the right password first: taskctl secret set PROFILE.CHANNEL. If the cause was elsewhere and is gone: taskctl resume --profile PROFILE.",
    ),
    (
        "online-mailbox-suspended",
        "The mailbox's password was refused on the date quoted and has not changed since: it is not tried there again.",
        "Store the right password first: taskctl secret set. If the cause was elsewhere and is gone: taskctl resume --profile PROFILE.",
    ),
    ("online-log-in-rests", "The partner is left in peace until the time quoted.", "Try again afterwards."),
    (
        "online-log-in-paced",
        "The last exchange is too recent; the partner's delay runs until the time quoted.",
        "Try again afterwards.",
    ),
    ("online-log-in-unreached", "The partner could not be reached.", "Correct first what prevents it."),
];
