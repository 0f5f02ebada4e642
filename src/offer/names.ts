/** What a signature of an offer is called and how it begins: apart from `sshsig.ts`, so that a command that verifies none loads no SSH library. */

/** What a signature is for; one that was made for something else is no good here. */
export const NAMESPACE = 'provision-offer';

export const BEGIN = '-----BEGIN SSH SIGNATURE-----';
