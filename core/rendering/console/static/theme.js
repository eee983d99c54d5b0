/* Runs before the first paint: light, dark, or what the device prefers. */
(function () {
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var wish = root.dataset.theme || "auto";
    root.dataset.bsTheme = wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
  }
  root.classList.add("js");
  dark.addEventListener("change", apply);
  window.ppApplyTheme = apply;
  apply();
})();
