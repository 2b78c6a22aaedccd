// The theme and the size that were chosen in the app, before the page is painted.
const theme = localStorage.getItem("topoweb.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
if (localStorage.getItem("topoweb.size") === "projector") document.documentElement.dataset.size = "projector";
