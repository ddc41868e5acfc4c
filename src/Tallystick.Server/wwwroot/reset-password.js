// The secret of the link stands behind the '#', which a browser sends to nobody. It goes into the form, and out of the
// address bar. Without this script the person pastes the link.
if (location.hash.length > 1) {
  document.getElementById("code").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  document.getElementById("new-password").focus();
}
