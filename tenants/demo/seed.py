"""Brings the two example shops to life: merchants, staff, goods, pages, and a month of customers and orders."""
