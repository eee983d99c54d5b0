"""The extension machinery: how hooks are declared, found, checked, ordered and called; knows no shop noun."""
