/* What pages do better with JavaScript; without it every page still works. No library, no inline code. */
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  root.classList.add("js");

  // Server time: countdowns must not trust the clock of a phone.
  const drift = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
  const now = () => Date.now() + drift;
  const two = (n) => String(n).padStart(2, "0");

  /* Countdowns: the words of the server stay in place when time is up. */
  const clockText = (left, boxes) => {
    const s = Math.max(0, Math.floor(left / 1000));
    const days = Math.floor(s / 86400);
    const parts = [two(Math.floor((s % 86400) / 3600)), two(Math.floor((s % 3600) / 60)), two(s % 60)];
    if (!days && parts[0] === "00" && !boxes) parts.shift();
    const node = document.createElement("span");
    node.className = boxes ? "clock" : "ticks";
    if (days) node.append(new Intl.NumberFormat(root.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(days).replace(/(\d)(?=[\u4e00-\u9fff])/, "$1 "), " ");
    parts.forEach((part, i) => {
      if (i) node.append(":");
      if (boxes) {
        const box = document.createElement("b");
        box.textContent = part;
        node.append(box);
      } else node.append(part);
    });
    return node;
  };

  let reloading = false;
  const tick = () => {
    for (const el of all("[data-countdown]")) {
      const left = Date.parse(el.dateTime) - now();
      if (!("words" in el.dataset)) el.dataset.words = el.textContent;
      if (left > 0) {
        const [before, after] = (el.dataset.left || "{}").split("{}");
        el.replaceChildren(before, clockText(left, el.dataset.countdown === "boxes"), after || "");
        el.dataset.ran = "";
      } else {
        if ("ran" in el.dataset) el.textContent = el.dataset.words;
        // Everybody's clock ends in the same second: spread the reloads.
        if ("reload" in el.dataset && "ran" in el.dataset && !reloading) {
          reloading = true;
          setTimeout(() => location.reload(), 800 + Math.random() * 2500);
        }
        delete el.dataset.ran;
      }
    }
  };

  /* Parts of a page that change: another page of the same shape is fetched, its live parts take their place. */
  const say = (words) => {
    const said = document.getElementById("said");
    if (said) said.textContent = words;
  };
  let latest = 0;
  const swap = async (url, options) => {
    const mine = ++latest;
    root.classList.add("busy");
    try {
      const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, ...options });
      // Its style element carries the nonce of another answer; only parts of the body are wanted.
      const html = (await answer.text()).replace(/<style[^]*?<\/style>/, "");
      const page = new DOMParser().parseFromString(html, "text/html");
      if (mine !== latest || !page.querySelector("[data-live]")) return false;
      const typed = document.querySelector("#buy [name=quantity]");
      const at = document.activeElement;
      for (const part of all("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceWith(document.adoptNode(fresh));
      }
      const field = document.querySelector("#buy [name=quantity]");
      if (typed && field) field.value = Math.min(Number(typed.value) || 1, Number(field.max) || 99);
      document.title = page.title || document.title;
      ready();
      // Whoever goes through the choices by keyboard stays where they are.
      if (at && at.name && !at.isConnected) {
        const same = all("[name]").find((one) => one.name === at.name && (one.type !== "radio" || one.value === at.value));
        if (same) same.focus({ preventScroll: true });
      }
      return true;
    } catch {
      return false;
    } finally {
      if (mine === latest) root.classList.remove("busy");
    }
  };

  document.addEventListener("click", async (event) => {
    const chip = event.target.closest("a[data-swap]");
    if (chip && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      const words = chip.textContent.trim();
      const url = new URL(chip.href);
      url.hash = "";
      if (await swap(url)) {
        history.replaceState(null, "", url);
        const again = all("a[data-swap]").find((a) => a.textContent.trim() === words);
        if (again) again.focus({ preventScroll: true });
        const price = document.querySelector("#price .price");
        say(words + (price ? ", " + price.textContent.trim() : ""));
      } else location.assign(chip.href);
      return;
    }
    const step = event.target.closest("[data-step]");
    if (step) {
      const input = step.parentElement.querySelector("input");
      const before = input.value;
      const wanted = (Number(input.value) || 0) + Number(step.dataset.step);
      input.value = Math.min(Number(input.max) || 999, Math.max(Number(input.min) || 0, wanted));
      if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const source = document.getElementById(copy.dataset.copy);
      const text = source ? source.value || source.textContent.trim() : copy.dataset.copy;
      try {
        await navigator.clipboard.writeText(text);
        copy.classList.add("done");
        say(copy.dataset.done || text);
        setTimeout(() => copy.classList.remove("done"), 2000);
      } catch {
        getSelection().selectAllChildren(source || copy);
      }
      return;
    }
    const share = event.target.closest("[data-share]");
    if (share) {
      const url = share.dataset.share || location.href;
      if (navigator.share) navigator.share({ title: share.dataset.title || document.title, url }).catch(() => {});
      else if (navigator.clipboard) {
        await navigator.clipboard.writeText(url);
        share.classList.add("done");
        setTimeout(() => share.classList.remove("done"), 2000);
      }
      return;
    }
    const thumb = event.target.closest(".thumbs a");
    if (thumb) {
      const slide = document.getElementById(thumb.hash.slice(1));
      if (slide) {
        event.preventDefault();
        slide.parentElement.scrollTo({ left: slide.offsetLeft - slide.parentElement.offsetLeft, behavior: calm ? "auto" : "smooth" });
        markThumb(thumb);
      }
    }
  });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const markThumb = (thumb) => {
    for (const other of all(".thumbs a")) other.toggleAttribute("aria-current", false);
    thumb.setAttribute("aria-current", "true");
  };

  /* A cart sends itself when a quantity changes; a checkout asks for new prices when delivery changes. */
  let waiting;
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form) return;
    if (form.id === "cart") {
      clearTimeout(waiting);
      waiting = setTimeout(() => form.requestSubmit(), 500);
    }
    if (event.target.name === "delivery" || event.target.name === "address") showFields(form);
    if (form.dataset.quote && "requote" in event.target.dataset)
      swap(form.dataset.quote, { method: "POST", body: new FormData(form) });
  });
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    clearTimeout(waiting);
    if (!button || !("once" in button.dataset)) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    button.setAttribute("aria-disabled", "true");
    button.classList.add("sending");
  });
  /* What is closed goes at once; the answer only keeps it closed. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("closes" in form.dataset)) return;
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    form.parentElement.remove();
  });
  /* A card that is offered once a day at the most, until it is closed or what it offers is gone. */
  document.querySelectorAll("[data-daily]").forEach((card) => {
    const key = "daily:" + card.dataset.daily, today = new Date().toDateString();
    try {
      card.hidden = localStorage.getItem(key) === today;
      localStorage.setItem(key, today);
    } catch {
      return;
    }
    card.querySelector("[data-later]").addEventListener("click", () => card.remove());
  });
  /* Where the browser can send, sharing stays on the page; elsewhere the form leads to the sheet. */
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!("shareForm" in form.dataset) || !navigator.share) return;
    event.preventDefault();
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
      await navigator.share(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all(".sending")) button.classList.remove("sending");
  });

  const showFields = (form) => {
    const chosen = form.querySelector("[name=delivery]:checked");
    const kind = chosen ? chosen.dataset.kind : "ship";
    const address = form.querySelector("[name=address]:checked");
    for (const part of all("[data-way]", form)) part.hidden = !chosen || part.dataset.way !== chosen.value;
    for (const part of all("[data-for]", form)) {
      const needed = part.dataset.for === kind && !("newAddress" in part.dataset && address && address.value !== "new");
      part.hidden = !needed;
      for (const field of all("input, select, textarea", part)) field.disabled = !needed;
    }
  };

  const locate = (button) => {
    const form = button.form;
    const words = button.textContent;
    button.textContent = button.dataset.asking;
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.position.value = coords.latitude.toFixed(6) + "," + coords.longitude.toFixed(6);
        swap(form.dataset.quote, { method: "POST", body: new FormData(form) });
      },
      () => {
        button.textContent = words;
        button.disabled = false;
        button.nextElementSibling.textContent = button.dataset.refused;
      },
      { timeout: 15000, maximumAge: 60000 },
    );
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate] button");
    if (button) locate(button);
  });

  const ready = () => {
    if (navigator.geolocation && isSecureContext) for (const el of all("[data-locate]")) el.hidden = false;
    for (const el of all("[data-step][hidden], [data-copy][hidden], [data-share][hidden]")) el.hidden = false;
    for (const form of all("form[data-quote]")) showFields(form);
    for (const stage of all(".stage")) {
      const thumbs = all(".thumbs a");
      stage.addEventListener("scroll", () => {
        const thumb = thumbs[Math.round(stage.scrollLeft / stage.clientWidth)];
        if (thumb && !thumb.hasAttribute("aria-current")) markThumb(thumb);
      }, { passive: true });
    }
    tick();
  };
  ready();
  setInterval(tick, 1000);
})();
