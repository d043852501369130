// Where an address signs in: its domain's identity provider, or nowhere here.
const form = document.querySelector("form");
const button = form.querySelector("button");
const outcome = document.getElementById("outcome");

async function discover(email) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(location.pathname, { method: "POST", headers, body: JSON.stringify({ email }) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.code === "validation_error" ? "That is not an e-mail address." : found.detail);
  if (found.method !== "sso") throw new Error("There is no single sign-on for this domain: sign in with a password.");
  const url = new URL(found.authorize_url);
  url.searchParams.set("login_hint", email);
  return url;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  outcome.textContent = "";
  try {
    location.assign(await discover(form.elements.email.value.trim()));
  } catch (error) {
    outcome.textContent = error.message;
    outcome.className = "wrong";
    button.disabled = false;
  }
});
