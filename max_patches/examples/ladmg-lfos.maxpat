{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			920,
			420
		],
		"openinpresentation": 0,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						14,
						500,
						20
					],
					"text": "An LFO bank",
					"linecount": 1,
					"fontsize": 20.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						44,
						860,
						20
					],
					"text": "Four sines, sampled 20 times a second. Switch the audio on, and each LFO.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						530,
						350,
						112,
						44
					],
					"outlettype": [
						""
					],
					"name": "ladmg.io.maxpat",
					"args": [
						"127.0.0.1",
						7400,
						7401
					],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						654,
						350,
						240,
						20
					],
					"text": "The connection. While `ladmg play` runs,",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						654,
						372,
						240,
						20
					],
					"text": "the lamp is on.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "toggle",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						90,
						24,
						24
					],
					"outlettype": [
						"int"
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						130,
						61.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 50"
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						110,
						90,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"minimum": 0.0,
					"maximum": 2.0
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						110,
						130,
						75.0,
						22
					],
					"outlettype": [
						"signal"
					],
					"text": "cycle~ 0.03"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						180,
						70.0,
						22
					],
					"outlettype": [
						"float"
					],
					"text": "snapshot~"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "newobj",
					"numinlets": 6,
					"numoutlets": 1,
					"patching_rect": [
						30,
						220,
						113.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "scale -1. 1. 0.0 1.0"
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						260,
						171.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/morph"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "toggle",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						250,
						90,
						24,
						24
					],
					"outlettype": [
						"int"
					]
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						250,
						130,
						61.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 50"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						330,
						90,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"minimum": 0.0,
					"maximum": 2.0
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						330,
						130,
						75.0,
						22
					],
					"outlettype": [
						"signal"
					],
					"text": "cycle~ 0.11"
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						250,
						180,
						70.0,
						22
					],
					"outlettype": [
						"float"
					],
					"text": "snapshot~"
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "newobj",
					"numinlets": 6,
					"numoutlets": 1,
					"patching_rect": [
						250,
						220,
						117.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "scale -1. 1. -0.7 0.7"
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						250,
						260,
						159.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/filter"
				}
			},
			{
				"box": {
					"id": "obj-20",
					"maxclass": "toggle",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						470,
						90,
						24,
						24
					],
					"outlettype": [
						"int"
					]
				}
			},
			{
				"box": {
					"id": "obj-21",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						470,
						130,
						61.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 50"
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						550,
						90,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"minimum": 0.0,
					"maximum": 2.0
				}
			},
			{
				"box": {
					"id": "obj-23",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						550,
						130,
						75.0,
						22
					],
					"outlettype": [
						"signal"
					],
					"text": "cycle~ 0.07"
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						470,
						180,
						70.0,
						22
					],
					"outlettype": [
						"float"
					],
					"text": "snapshot~"
				}
			},
			{
				"box": {
					"id": "obj-25",
					"maxclass": "newobj",
					"numinlets": 6,
					"numoutlets": 1,
					"patching_rect": [
						470,
						220,
						113.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "scale -1. 1. 0.0 0.6"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						470,
						260,
						198.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/delay_send"
				}
			},
			{
				"box": {
					"id": "obj-27",
					"maxclass": "toggle",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						690,
						90,
						24,
						24
					],
					"outlettype": [
						"int"
					]
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						690,
						130,
						61.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 50"
				}
			},
			{
				"box": {
					"id": "obj-29",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						770,
						90,
						60,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"minimum": 0.0,
					"maximum": 2.0
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						770,
						130,
						75.0,
						22
					],
					"outlettype": [
						"signal"
					],
					"text": "cycle~ 0.05"
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						690,
						180,
						70.0,
						22
					],
					"outlettype": [
						"float"
					],
					"text": "snapshot~"
				}
			},
			{
				"box": {
					"id": "obj-32",
					"maxclass": "newobj",
					"numinlets": 6,
					"numoutlets": 1,
					"patching_rect": [
						690,
						220,
						123.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "scale -1. 1. -12.0 0.0"
				}
			},
			{
				"box": {
					"id": "obj-33",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						690,
						260,
						181.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/level_db"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-6",
						0
					],
					"destination": [
						"obj-7",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-7",
						0
					],
					"destination": [
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						0
					],
					"destination": [
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-11",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-11",
						0
					],
					"destination": [
						"obj-12",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-13",
						0
					],
					"destination": [
						"obj-14",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-17",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-15",
						0
					],
					"destination": [
						"obj-16",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-16",
						0
					],
					"destination": [
						"obj-17",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-17",
						0
					],
					"destination": [
						"obj-18",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-18",
						0
					],
					"destination": [
						"obj-19",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-20",
						0
					],
					"destination": [
						"obj-21",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-21",
						0
					],
					"destination": [
						"obj-24",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-22",
						0
					],
					"destination": [
						"obj-23",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-23",
						0
					],
					"destination": [
						"obj-24",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-24",
						0
					],
					"destination": [
						"obj-25",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-25",
						0
					],
					"destination": [
						"obj-26",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-27",
						0
					],
					"destination": [
						"obj-28",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-28",
						0
					],
					"destination": [
						"obj-31",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-29",
						0
					],
					"destination": [
						"obj-30",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-30",
						0
					],
					"destination": [
						"obj-31",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-31",
						0
					],
					"destination": [
						"obj-32",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-32",
						0
					],
					"destination": [
						"obj-33",
						0
					]
				}
			}
		]
	}
}
