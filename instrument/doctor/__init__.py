"""`ladmg doctor`: what playing needs, looked at one by one."""
