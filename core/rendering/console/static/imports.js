/* Importing product files: files can be dropped, and a column that is chosen twice is marked at once. */
(function () {
  "use strict";

  function say(place) {
    var input = place.querySelector("input[type=file]"), name = place.querySelector("[data-drop-name]");
    var file = input.files[0];
    name.textContent = file ? file.name : name.dataset.none;
    place.classList.toggle("full", Boolean(file));
  }
  document.querySelectorAll("[data-drop]").forEach(function (place) {
    var input = place.querySelector("input[type=file]");
    input.addEventListener("change", function () { say(place); });
    ["dragenter", "dragover"].forEach(function (name) {
      place.addEventListener(name, function (event) { event.preventDefault(); place.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      place.addEventListener(name, function () { place.classList.remove("over"); });
    });
    place.addEventListener("drop", function (event) {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      say(place);
    });
    say(place);
  });

  var form = document.querySelector("[data-columns]");
  function mark() {
    var selects = Array.from(form.querySelectorAll("select")), seen = {};
    selects.forEach(function (one) { if (one.value) seen[one.value] = (seen[one.value] || 0) + 1; });
    selects.forEach(function (one) {
      one.classList.toggle("twice", Boolean(one.value) && seen[one.value] > 1);
      one.closest("li").classList.toggle("none", !one.value);
    });
  }
  if (form) { form.addEventListener("change", mark); mark(); }
})();
