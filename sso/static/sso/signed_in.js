// The landing page of a sign-in: who came in, where they belong, and the way out here and at the provider.
const outcome = document.getElementById("outcome");
const button = document.getElementById("sign-out");

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : "";
}

async function showWho() {
  const answer = await fetch("/dashboard/auth/me");
  if (!answer.ok) {
    location.replace("/dashboard/auth/sso/discover");
    return;
  }
  const { user, memberships } = await answer.json();
  document.getElementById("person").textContent = user.name ? `${user.name}, ${user.email}` : user.email;
  const list = document.getElementById("memberships");
  for (const { name, role } of memberships) {
    list.append(Object.assign(document.createElement("dt"), { textContent: name }));
    list.append(Object.assign(document.createElement("dd"), { textContent: role }));
  }
}

async function signOut() {
  button.disabled = true;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") };
  const answer = await fetch("/dashboard/auth/sso/end-session", { method: "POST", headers, body: "{}" });
  const told = await answer.json();
  if (answer.ok) {
    location.assign(told.logout_url || "/dashboard/auth/sso/discover");
    return;
  }
  outcome.textContent = told.detail;
  outcome.className = "wrong";
  button.disabled = false;
}

button.addEventListener("click", signOut);
showWho();
