// A certified OpenID provider with its own login and consent forms; standard input says what it is.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const { issuer, port, algorithm, key, client, secret } = JSON.parse(readFileSync(0, 'utf8'));

const provider = new Provider(issuer, {
  clients: [client],
  jwks: { keys: [key] },
  cookies: { keys: [secret] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  enabledJWA: { idTokenSigningAlgValues: [algorithm] },
  features: { backchannelLogout: { enabled: true } },
  // Whoever signs in is who they say: the login is the address.
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: `subject-of-${id}`, email: id, email_verified: true, name: id.split('@')[0] }),
  }),
  // The provider's own guard against private networks would not let it tell a service on loopback.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
});

provider.on('server_error', (context, error) => console.error(error));
provider.on('backchannel.error', (context, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.error(`Listening at: ${issuer}`));
