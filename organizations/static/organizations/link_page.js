// The page behind a mailed link. The token stands behind the `#`: it reaches the API in a body, never a URL.
const link = new URLSearchParams(location.hash.slice(1));
const form = document.getElementById("link-form");
const outcome = document.getElementById("outcome");
history.replaceState(null, "", location.pathname);

async function ask(path, body, bearer) {
  const headers = { "Content-Type": "application/json" };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  const answer = await fetch(`/dashboard/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const shown = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(shown.detail || "That did not work."), { path: shown.authorize_path });
  return shown;
}

async function signIn(given) {
  const { email, password, otp } = given;
  return (await ask("auth/login", { email, password, otp })).access_token;
}

const token = link.get("token");
const organization = `organizations/${encodeURIComponent(link.get("id"))}`;
const actions = {
  "invitation-new": async ({ name, password }) => ask("invitations/sign-up", { token, name, password }),
  "invitation-join": async (given) => ask("invitations/accept", { token }, await signIn(given)),
  "invitation-decline": async () => ask("invitations/decline", { token }),
  "ownership-accept": async (given) => ask(`${organization}/transfer-ownership/accept`, {}, await signIn(given)),
  "ownership-decline": async (given) => ask(`${organization}/transfer-ownership/decline`, {}, await signIn(given)),
  "password-reset": async ({ password }) => ask("auth/password/reset/confirm", { token, password }),
  "email-verify": async () => ask("auth/verify-email", { token }),
};

function say(text, kind) {
  outcome.textContent = text;
  outcome.className = kind;
}

async function act(button) {
  const buttons = form.querySelectorAll("button");
  buttons.forEach((each) => { each.disabled = true; });
  try {
    await actions[button.dataset.action](Object.fromEntries(new FormData(form)));
    say("Done. You can close this page.", "right");
  } catch (error) {
    say(error.message, "wrong");
    if (error.path) outcome.append(" ", Object.assign(document.createElement("a"), { href: error.path, textContent: "Sign in there" }));
    buttons.forEach((each) => { each.disabled = false; });
  }
}

form.addEventListener("submit", (event) => event.preventDefault());
form.querySelectorAll("button").forEach((button) => button.addEventListener("click", () => act(button)));

if (token && form.querySelector("[data-action=invitation-new]")) {
  ask("invitations/preview", { token }).then((offer) => {
    document.getElementById("offer").textContent =
      `${offer.invited_by} invites you to ${offer.organization}, with the role ${offer.role}.`;
    form.elements.email.value = offer.email;
  }).catch((error) => say(error.message, "wrong"));
}
