/* Shop design: sections move with the keyboard, the list keeps its place, unsaved words are not lost to a click. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    var line = event.target.closest && event.target.closest("[data-section]");
    var button = line && line.querySelector('button[value="' + (event.key === "ArrowUp" ? "up" : "down") + '"]');
    if (!button || button.disabled) return;
    event.preventDefault();
    sessionStorage.setItem("pp-moved", line.id);
    button.click();
  });
  document.addEventListener("DOMContentLoaded", function () {
    var moved = sessionStorage.getItem("pp-moved"), line = moved && document.getElementById(moved);
    sessionStorage.removeItem("pp-moved");
    /* Going to the line of the address takes the focus away, so it is given back after that. */
    if (line) window.addEventListener("load", function () { setTimeout(function () { line.querySelector("a").focus(); }, 0); });
    var list = document.querySelector(".pp-d-list"), on = document.querySelector(".pp-sections .on");
    if (list && on && list.scrollHeight > list.clientHeight) list.scrollTop = Math.max(0, on.offsetTop - 80);
    /* Form buttons that only rearrange rows leave the page on purpose. */
    document.addEventListener("click", function (event) {
      var add = event.target.closest && event.target.closest(".pp-add > summary");
      if (add) setTimeout(function () { add.scrollIntoView({ block: "nearest" }); }, 0);
    });
  });
})();
